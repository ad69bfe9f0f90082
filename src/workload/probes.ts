/**
 * Raw probes: a write to every node of each shard and a read from the one that took it, on a fixed schedule, each on
 * a socket that is replaced after its first failure (an old socket to a paused primary is answered with OK when it wakes,
 * and the write is lost). They know no client library's retries, so they see the server side of an outage. Where nobody may
 * write they read a value that was put there before, and only a node that says it leads, and has it, serves.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.js';
import { slotOf } from '../deployment/slots.js';
import type { ClusterView } from '../deployment/types.js';
import { OpKind, type ProbeKind, type Probes } from '../recording/tables.js';
import type { Texts } from '../recording/texts.js';
import { FEW } from '../server/pace.js';
import type { ReplyError } from '../server/resp.js';
import type { Deployment } from '../server/types.js';
import { asksOf } from './asks.js';
import type { Hearing, Silence } from './hearing.js';
import { mayServe } from './may-serve.js';
import { fellSilent, probeLedger } from './probe-ledger.js';
import { type Probed, probedNodes } from './probed.js';
import { readGate } from './read-gate.js';

/** ms between two probes of a node when there are few of them. */
const LEAST = 10;

/** 10 ms up to a dozen nodes; more nodes are probed less often, so that the harness does not become the bottleneck. */
export const probePeriod = (nodes: number): number => Math.max(LEAST, Math.ceil(nodes / 15) * LEAST);
/** ms that a probe waits for its answer, beside the way there and back. */
const PATIENCE = 250;
/** ms in which a silence that has begun is seen to be one. */
const LOOK = 3000;
/** ms in which a node that has answered anybody answers a probe, too. */
const PROMPT = 500;

export interface Prober {
  readonly table: Probes;
  readonly every: number;
  /** ms that a probe waits for its answer. */
  readonly patience: number;
  /** What is asked of each shard. */
  readonly keys: readonly string[];
  /** The slot that is asked of, for each shard. */
  readonly slots: readonly number[];
  /** Last moment at which this shard served, whoever did; undefined if never. */
  lastOk(shard: number): number | undefined;
  /** Is the shard out of service, by the rule that outages are found with afterwards? Who will lose what it acknowledges is not known yet. */
  lost(shard: number): boolean;
  /** Waits for a node that was started a moment ago to answer a probe; one that is down is not waited for long. */
  heard(node: string, signal: AbortSignal): Promise<void>;
  /** Where a node's answers first stopped after `since`, once known; `already` where they had stopped before, and did not come back. */
  silence(node: string, since: number, signal: AbortSignal): Promise<(Silence & { already?: true }) | undefined>;
  stop(): Promise<void>;
}

export function startProbes(
  topology: Deployment,
  clock: Clock,
  texts: Texts,
  view: () => ClusterView,
  every = probePeriod(topology.nodes.length),
  probes: ProbeKind = 'write',
): Prober {
  const patience = PATIENCE + topology.roundTrip;
  const origin = clock.now() - performance.now();
  const asks = asksOf(topology, probes);
  const slots = asks.keys.map(slotOf);
  const ledger = probeLedger({ shards: topology.shards, every, patience, texts, decides: asks.kind });
  const probed = probedNodes(topology, { every, patience, origin });

  const fire = (p: Probed, shard: number, kind: number, asking = false): void => {
    const connection = p.connected();
    const sent = clock.now();
    const row = ledger.sent(p.node.index, shard, kind, sent);
    if (asking) connection.send(['ASKING'], () => undefined);
    const shot = { p, connection, row, shard, kind, sent, asking };
    asks.send(connection, shard, kind, sent, (outcome, at, wrong) => {
      const elsewhere = ledger.settle(shot, outcome, at + origin, wrong);
      if (elsewhere) followTo(elsewhere, shard);
    });
  };

  // A slot that is on its way to another node: ASK sends a client there for this one command, MOVED for good.
  const followTo = ({ code, message }: ReplyError, shard: number): void => {
    if (code !== 'ASK' && code !== 'MOVED') return;
    const to = atAddress(message.slice(message.lastIndexOf(' ') + 1), probed);
    if (code === 'MOVED') to?.shards.add(shard);
    else if (to) fire(to, shard, asks.kind, true);
  };

  const turns = turnsOf(probed.length, every);
  const tick = (turn: number): void => {
    for (const p of probed) {
      if (p.node.index % turns !== turn || rests(p, probed)) continue;
      if (p.shards.size === 0) ping(p, clock, origin);
      else
        p.connected().together(() => {
          for (const shard of p.shards) {
            fire(p, shard, asks.kind);
            if (asks.kind === OpKind.write && p.serving.has(shard)) fire(p, shard, OpKind.read);
          }
        });
    }
  };

  const follow = (): void => {
    const seen = view();
    for (const p of probed) for (const shard of mayServe(p.node.name, seen, slots)) p.shards.add(shard);
  };

  const { stop } = inTurns(every / turns, (n) => {
    tick(n % turns);
    if (n % (20 * turns) === 0) follow();
  });

  const hearingOf = (name: string): Hearing => probed.find(({ node }) => node.name === name)!.hearing;

  return {
    table: ledger.table,
    every,
    patience,
    keys: asks.keys,
    slots,
    lastOk: ledger.lastOk,
    lost: (shard) => ledger.lost(shard, clock.now()),
    heard: (name, signal) => untilHeard(hearingOf(name), clock, signal),
    silence: (name, since, signal) => silenceOf(hearingOf(name), since, patience, clock, signal),
    stop: async () => {
      await stop();
      // Let the last replies in: an unanswered probe is recorded as unknown, not as pending.
      await sleep(Math.min(every * 2, 50));
      for (const p of probed) p.close();
    },
  };
}

/** Not recorded: whether a sentinel answers is not service. */
function ping(p: Probed, clock: Clock, origin: number): void {
  const connection = p.connected();
  const sent = clock.now();
  connection.send(['PING'], (outcome, at) => {
    if (outcome.kind === 'silent') fellSilent(p, connection, sent);
    else p.hearing.answered(sent, at + origin);
  });
}

function atAddress(address: string, probed: readonly Probed[]): Probed | undefined {
  const colon = address.lastIndexOf(':');
  const [host, port] = [address.slice(0, colon), Number(address.slice(colon + 1))];
  return probed.find(({ node: { announced } }) => announced.port === port && announced.host === host);
}

/** Many nodes are probed in turn, as a few are at once: writing to all of them in one go would hold up everything else. */
const turnsOf = (nodes: number, every: number): number => Math.max(1, Math.min(nodes, Math.round(every / LEAST)));

/** As long as another node of its shards can be watched. */
const rests = (p: Probed, probed: readonly Probed[]): boolean =>
  probed.length > FEW &&
  p.refusals.rests(p.node.lives) &&
  probed.some(({ refusals, shards }) => refusals.open && [...p.shards].every((shard) => shards.has(shard)));

/** Every `step` ms, by number, until it is stopped. */
function inTurns(step: number, tick: (n: number) => void): { stop(): Promise<void> } {
  const abort = new AbortController();
  const loop = (async () => {
    const mayAsk = readGate();
    let due = performance.now();
    for (let n = 0; !abort.signal.aborted; ) {
      if (mayAsk()) tick(n++);
      due += step;
      const now = performance.now();
      // A late tick is skipped, not caught up: a burst would measure the harness, not the server.
      if (due < now) due = now + step - ((now - due) % step);
      await sleep(due - now, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      abort.abort();
      await loop;
    },
  };
}

async function untilHeard(hearing: Hearing, clock: Clock, signal: AbortSignal): Promise<void> {
  const deadline = clock.now() + PROMPT;
  while (hearing.silence() && clock.now() < deadline && !signal.aborted)
    await sleep(5, undefined, { signal }).catch(() => undefined);
}

async function silenceOf(hearing: Hearing, since: number, patience: number, clock: Clock, signal: AbortSignal) {
  const deadline = clock.now() + LOOK;
  while (clock.now() < deadline && !signal.aborted) {
    const found = hearing.since(since, patience);
    if (found) return found;
    await sleep(5, undefined, { signal }).catch(() => undefined);
  }
  const now = hearing.silence();
  return now && now.firstSilence < since ? { ...now, already: true as const } : undefined;
}

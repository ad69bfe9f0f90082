/**
 * Raw probes: a write to every node of each shard and a read from the one that took it, on a fixed schedule, each on
 * a socket that is replaced after its first failure (an old socket to a paused primary is answered with OK when it wakes,
 * and the write is lost). They know no client library's retries, so they see the server side of an outage. Where nobody may
 * write they read a value that was put there before, and only a node that says it leads, and has it, serves.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.js';
import { watches } from '../deployment/roles.js';
import { slotOf } from '../deployment/slots.js';
import type { ClusterView } from '../deployment/types.js';
import { denialsIn } from '../recording/service.js';
import { newProbes, OpKind, type ProbeKind, type Probes, Status } from '../recording/tables.js';
import type { Texts } from '../recording/texts.js';
import { Vigil } from '../recording/vigil.js';
import type { Connection, Outcome } from '../server/connection.js';
import { FEW } from '../server/pace.js';
import { ReplyError } from '../server/resp.js';
import type { Deployment, Endpoint } from '../server/types.js';
import { asksOf } from './asks.js';
import { statusOfReply } from './classify.js';
import { Hearing, type Silence } from './hearing.js';
import { mayServe } from './may-serve.js';
import { readGate } from './read-gate.js';
import { Refusals } from './refusals.js';

/** ms between two probes of a node when there are few of them. */
const LEAST = 10;

/** 10 ms up to a dozen nodes; more nodes are probed less often, so that the harness does not become the bottleneck. */
export const probePeriod = (nodes: number): number => Math.max(LEAST, Math.ceil(nodes / 15) * LEAST);
/** ms that a probe waits for its answer, beside the way there and back. */
const PATIENCE = 250;
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

interface Probed {
  node: Endpoint;
  connection: Connection | undefined;
  shards: Set<number>;
  /** Shards that it served last: of those it is also read from. */
  serving: Set<number>;
  hearing: Hearing;
  refusals: Refusals;
}

/** One probe on its way. */
interface Shot {
  p: Probed;
  connection: Connection;
  row: number;
  shard: number;
  kind: number;
  sent: number;
  /** Sent on by another node's ASK. */
  asking: boolean;
}

export function startProbes(
  topology: Deployment,
  clock: Clock,
  texts: Texts,
  view: () => ClusterView,
  every = probePeriod(topology.nodes.length),
  probes: ProbeKind = 'write',
): Prober {
  const table = newProbes();
  const patience = PATIENCE + topology.roundTrip;
  const abort = new AbortController();
  const origin = clock.now() - performance.now();
  const asks = asksOf(topology, probes);
  const slots = asks.keys.map(slotOf);
  const lastOk = new Map<number, number>();
  /** Who served each shard last. */
  const served = new Map<number, Probed>();
  const vigils = new Map(topology.shards.map(({ shard }) => [shard, new Vigil(every)]));
  const probed = topology.all.map<Probed>((node) => ({
    node,
    connection: undefined,
    // A sentinel, and who belongs to nothing, serves nobody: it is only asked whether it is there.
    shards: new Set(node.initial.shard === 0 || watches(node.initial) ? [] : [node.initial.shard]),
    serving: new Set(),
    hearing: new Hearing(every),
    refusals: new Refusals(node.lives),
  }));

  const connected = (p: Probed): Connection => {
    if (!p.connection || p.connection.closed)
      p.connection = p.node.open({
        to: p.node.front,
        timeout: patience,
        connectTimeout: patience,
        onClose: (at, why) => p.hearing.closed(at + origin, why),
      });
    return p.connection;
  };

  const silent = (p: Probed, connection: Connection, sent: number): void => {
    p.hearing.missed(sent);
    connection.close();
  };

  /** Not recorded: whether a sentinel answers is not service. */
  const ping = (p: Probed): void => {
    const connection = connected(p);
    const sent = clock.now();
    connection.send(['PING'], (outcome, at) => {
      if (outcome.kind === 'silent') silent(p, connection, sent);
      else p.hearing.answered(sent, at + origin);
    });
  };

  const fire = (p: Probed, shard: number, kind: number, asking = false): void => {
    const connection = connected(p);
    const sent = clock.now();
    const row = table.push({
      sent,
      done: Number.NaN,
      shard,
      node: p.node.index,
      kind,
      status: Status.pending,
      error: 0,
    });
    if (kind === asks.kind) vigils.get(shard)?.sent(sent);
    if (asking) connection.send(['ASKING'], () => undefined);
    const shot = { p, connection, row, shard, kind, sent, asking };
    asks.send(connection, shard, kind, sent, (outcome, at, wrong) => settle(shot, outcome, at + origin, wrong));
  };

  const settle = (
    { p, connection, row, shard, kind, sent, asking }: Shot,
    outcome: Outcome,
    done: number,
    wrong: string | undefined,
  ): void => {
    table.set(row, 'done', done);
    const write = (status: number, error: string): void => {
      table.set(row, 'status', status);
      table.set(row, 'error', texts.numberOf(error));
      if (kind !== asks.kind || served.get(shard) !== p) return;
      for (const at of denialsIn({ sent, status, error }, patience)) vigils.get(shard)?.denied(at);
    };
    if (outcome.kind === 'silent') {
      write(outcome.reason === 'refused' ? Status.fail : Status.unknown, outcome.reason);
      p.serving.clear();
      if (outcome.reason === 'refused') p.refusals.refused(connection);
      silent(p, connection, sent);
      return;
    }
    p.refusals.answered();
    p.hearing.answered(sent, done);
    if (outcome.reply instanceof ReplyError) {
      write(statusOfReply(outcome.reply.code), outcome.reply.code);
      if (kind === asks.kind) {
        p.serving.delete(shard);
        if (!asking) followTo(outcome.reply, shard);
      }
      return;
    }
    if (wrong !== undefined) {
      write(Status.fail, wrong);
      return;
    }
    table.set(row, 'status', Status.ok);
    if (kind === asks.kind) {
      p.serving.add(shard);
      served.set(shard, p);
      lastOk.set(shard, done);
      vigils.get(shard)?.acknowledged(done);
    }
  };

  const atAddress = (address: string): Probed | undefined => {
    const colon = address.lastIndexOf(':');
    const [host, port] = [address.slice(0, colon), Number(address.slice(colon + 1))];
    return probed.find(({ node: { announced } }) => announced.port === port && announced.host === host);
  };

  // A slot that is on its way to another node: ASK sends a client there for this one command, MOVED for good.
  const followTo = ({ code, message }: ReplyError, shard: number): void => {
    if (code !== 'ASK' && code !== 'MOVED') return;
    const to = atAddress(message.slice(message.lastIndexOf(' ') + 1));
    if (code === 'MOVED') to?.shards.add(shard);
    else if (to) fire(to, shard, asks.kind, true);
  };

  /** Many nodes are probed in turn, as a few are at once: writing to all of them in one go would hold up everything else. */
  const turns = Math.max(1, Math.min(probed.length, Math.round(every / LEAST)));
  /** As long as another node of its shards can be watched. */
  const rests = (p: Probed): boolean =>
    probed.length > FEW &&
    p.refusals.rests(p.node.lives) &&
    probed.some(({ refusals, shards }) => refusals.open && [...p.shards].every((shard) => shards.has(shard)));

  const tick = (turn: number): void => {
    for (const p of probed) {
      if (p.node.index % turns !== turn || rests(p)) continue;
      if (p.shards.size === 0) ping(p);
      else
        connected(p).together(() => {
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

  const loop = (async () => {
    const step = every / turns;
    const mayAsk = readGate();
    let due = performance.now();
    for (let n = 0; !abort.signal.aborted; ) {
      if (mayAsk()) {
        tick(n % turns);
        if (n % (20 * turns) === 0) follow();
        n++;
      }
      due += step;
      const now = performance.now();
      // A late tick is skipped, not caught up: a burst would measure the harness, not the server.
      if (due < now) due = now + step - ((now - due) % step);
      await sleep(due - now, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  })();

  const named = (name: string): Probed => probed.find(({ node }) => node.name === name)!;

  return {
    table,
    every,
    patience,
    keys: asks.keys,
    slots,
    lastOk: (shard) => lastOk.get(shard),
    lost: (shard) => vigils.get(shard)?.lost(clock.now()) === true,
    heard: async (name, signal) => {
      const { hearing } = named(name);
      const deadline = clock.now() + PROMPT;
      while (hearing.silence() && clock.now() < deadline && !signal.aborted)
        await sleep(5, undefined, { signal }).catch(() => undefined);
    },
    silence: async (name, since, signal) => {
      const { hearing } = named(name);
      const deadline = clock.now() + 3000;
      while (clock.now() < deadline && !signal.aborted) {
        const found = hearing.since(since, patience);
        if (found) return found;
        await sleep(5, undefined, { signal }).catch(() => undefined);
      }
      const now = hearing.silence();
      return now && now.firstSilence < since ? { ...now, already: true } : undefined;
    },
    stop: async () => {
      abort.abort();
      await loop;
      // Let the last replies in: an unanswered probe is recorded as unknown, not as pending.
      await sleep(Math.min(every * 2, 50));
      for (const p of probed) p.connection?.close();
    },
  };
}

/** Has it happened yet? The live side of events and states, answered from the observer, the probes and the server logs. */

import { RedrillError } from '../core/errors.js';
import { isServers } from '../deployment/log-lines.js';
import type { ClusterView } from '../deployment/types.js';
import { drawnLeaves } from '../scenarios/leaves.js';
import { filledRegex } from '../scenarios/steps/regex.js';
import type { EventName, WhenEvent } from '../scenarios/when.js';
import { judgeCondition, namesOf } from './conditions.js';
import type { Found } from './found.js';
import { datesOf } from './logs.js';
import type { Drill } from './types.js';
import { blindTo, highestEpoch } from './witnesses.js';

/** What was so before the thing that an event is a consequence of: an event has to come after it. */
export interface Baseline {
  t: number;
  /** undefined: nobody could tell. */
  epoch: number | undefined;
  owners: ReadonlyMap<number, string>;
  /** Who held whom for suspect or failed: what is held already is not new. */
  held: ReadonlySet<string>;
}

export const steadyState = ({ zero, epochBefore, ownersBefore }: Drill): Baseline => ({
  t: zero,
  epoch: epochBefore,
  owners: ownersBefore,
  held: new Set(),
});

export function baselineNow(drill: Drill): Baseline {
  const view = drill.observer.consensus();
  return {
    t: drill.clock.now(),
    epoch: highestEpoch(view, drill),
    owners: new Map([...drill.ownersBefore, ...view.owners]),
    held: heldIn(view),
  };
}

/** "node-2 suspects node-1", "node-1 has failed". */
const heldIn = (view: ClusterView): Set<string> =>
  new Set([
    ...[...view.nodes.values()].flatMap((node) =>
      [...node.peers].flatMap(([about, { health }]) => (health === 'ok' ? [] : [suspicion(node.node, about)])),
    ),
    ...[...view.failed].map(failure),
  ]);
const suspicion = (node: string, about: string): string => `${node} suspects ${about}`;
const failure = (node: string): string => `${node} has failed`;

type Ask = (drill: Drill, view: ClusterView, before: Baseline) => boolean;

const lost = (drill: Drill): boolean => drill.topology.shards.some(({ shard }) => drill.prober.lost(shard));

/** What a primary prints when it begins to make a copy, and a replica when it begins to take it. */
const fullSync: WhenEvent & { on: 'log' } = {
  on: 'log',
  pattern: 'Full resync (?:from|requested by)|Starting BGSAVE for SYNC',
  flags: '',
};

const asks: Record<EventName, Ask> = {
  steady: () => true,
  suspected: (_, view, { held }) => [...heldIn(view)].some((text) => text.includes(' suspects ') && !held.has(text)),
  failed: (_, view, { held }) => [...view.failed].some((node) => !held.has(failure(node))),
  'failover started': (drill, view, { epoch }) => {
    const now = highestEpoch(view, drill);
    return epoch !== undefined && now !== undefined && now > epoch;
  },
  'failover complete': (_, view, { owners }) =>
    [...view.owners].some(([shard, owner]) => owners.get(shard) !== owner && view.nodes.get(owner)?.role === 'primary'),
  'full sync started': (drill, view, { t }) =>
    watchLog(fullSync, drill, t - STAMP)().holds === true || [...view.nodes.values()].some((node) => node.syncing),
  'service lost': lost,
  'service restored': (drill) => !lost(drill),
  healed: (drill) =>
    drawnLeaves(drill.plan.entries).every(
      ({ kind, id }) => kind !== 'fault' || drill.done.has(id) || drill.unreached.has(id),
    ) && drill.live.every(({ record }) => record.healedAt !== undefined),
};

/** ms: a server cuts its stamps to whole milliseconds, and clocks are compared over a connection. */
const STAMP = 2;

/** @returns a question that may be asked again and again. */
export function watchFor(event: WhenEvent, drill: Drill, given?: Baseline): () => Found {
  const before = given ?? steadyState(drill);
  if (event.on === 'after') return () => told(drill.done.has(event.id), `${event.id} is not over`);
  if (event.on === 'log') return watchLog(event, drill, before.t - STAMP);
  if (event.on === 'state') return () => judgeCondition(event.condition, drill);
  const ask = asks[event.on];
  if (!ask) throw new RedrillError('BUG', `nobody watches for "${event.on}"`);
  // What an entry waits for is a consequence: a hiccup before the first fault is none. A step says itself from where on.
  const begun = (): boolean =>
    given !== undefined ||
    drill.faults.length > 0 ||
    !drawnLeaves(drill.plan.entries).some((entry) => entry.kind === 'fault');
  // "service restored" speaks of a service that was lost: before that it would be true at once.
  let wasLost = false;
  const held = new Set(before.held);
  return () => {
    if (event.on !== 'steady' && !begun()) return told(false, 'no fault has fired yet');
    const view = drill.observer.consensus();
    wasLost ||= lost(drill);
    const holding = held.size > 0 ? heldIn(view) : held;
    for (const text of held) if (!holding.has(text)) held.delete(text);
    if ((event.on !== 'service restored' || wasLost) && ask(drill, view, { ...before, held })) return told(true, '');
    const blind =
      event.on === 'failover started' && before.epoch === undefined
        ? 'nobody could tell which epoch it was before'
        : blindTo(event.on, view, drill);
    return blind === undefined ? told(false, 'it has not happened') : { holds: undefined, text: blind };
  };
}

/**
 * A line that matches one of these events, in the whole logs as the engine has them; or whose logs say nothing: a server prints
 * when it starts, so one without a single line of its own prints elsewhere.
 */
export async function lineBetween(
  events: readonly WhenEvent[],
  drill: Drill,
  from: number,
  to: number,
): Promise<{ line?: string; mute?: string }> {
  const { topology, clock, offsets } = drill;
  let mute: string | undefined;
  for (const event of events) {
    const asked = event.on === 'log' ? event : event.on === 'full sync started' ? fullSync : undefined;
    if (!asked) continue;
    const matches = matcherOf(asked, drill);
    const spoken = asked.of === undefined ? undefined : namesOf(asked.of, drill);
    for (const node of topology.all) {
      if (spoken && !spoken.includes(node.name)) continue;
      const lines = await node.container.logs();
      const up = drill.observer.views().get(node.name)?.reachable === true;
      if (up && !lines.some(({ text }) => isServers(text))) mute ??= node.name;
      const dateOf = datesOf(node, clock, offsets);
      const found = lines.find((line) => {
        const t = dateOf(line);
        return t >= from && t <= to && matches({ node: node.name, text: line.text });
      });
      if (found) return { line: `${node.name}: ${found.text}` };
    }
  }
  return mute === undefined ? {} : { mute };
}

const told = (holds: boolean, otherwise: string): Found => ({ holds, text: holds ? 'it has happened' : otherwise });

function watchLog(event: WhenEvent & { on: 'log' }, drill: Drill, since: number): () => Found {
  let looked = 0;
  let found: string | undefined;
  return () => {
    const matches = matcherOf(event, drill);
    const { lines } = drill.tail;
    for (; found === undefined && looked < lines.length; looked++) {
      const line = lines[looked]!;
      if (line.t >= since && matches(line)) found = `${line.node}: ${line.text}`;
    }
    return { holds: found !== undefined, text: found ?? `none of ${looked} lines matches` };
  };
}

function matcherOf({ pattern, flags, of }: WhenEvent & { on: 'log' }, drill: Drill) {
  const regex = filledRegex({ pattern, flags }, drill.values);
  const nodes = of === undefined ? undefined : namesOf(of, drill);
  return ({ node, text }: { node: string; text: string }): boolean =>
    (nodes === undefined || nodes.includes(node)) && regex.test(text);
}

/** Has it happened yet? The live side of events and states, answered from the observer, the probes and the server logs. */
import { RedrillError } from '../../core/errors.js';
import type { ClusterView } from '../../topology/types.js';
import { drawnLeaves } from '../leaves.js';
import { regexOf } from '../steps/regex.js';
import { fill, replaceNames } from '../steps/values.js';
import type { EventName, WhenEvent } from '../when.js';
import { judgeCondition, namesOf } from './conditions.js';
import type { Drill } from './drill.js';

/** What was so before the thing that an event is a consequence of: an event has to come after it. */
export interface Baseline {
  t: number;
  epoch: number;
  owners: ReadonlyMap<number, string>;
}

export const steadyState = ({ zero, epochBefore, ownersBefore }: Drill): Baseline => ({
  t: zero,
  epoch: epochBefore,
  owners: ownersBefore,
});

export function baselineNow(drill: Drill): Baseline {
  const view = drill.observer.consensus();
  return { t: drill.clock.now(), epoch: highestEpoch(view), owners: new Map([...drill.ownersBefore, ...view.owners]) };
}

const highestEpoch = (view: ClusterView): number =>
  Math.max(0, ...[...view.nodes.values()].map((node) => node.currentEpoch));

/** What was found: true, false, or undefined where nobody could see. */
export interface Sight {
  holds: boolean | undefined;
  text: string;
}

type Ask = (drill: Drill, view: ClusterView, before: Baseline) => boolean;

const healthOf = (view: ClusterView, bad: (health: string) => boolean): boolean =>
  [...view.nodes.values()].some((node) => [...node.peers.values()].some((peer) => bad(peer.health)));

const lost = (drill: Drill): boolean => drill.topology.shards.some(({ shard }) => drill.prober.lost(shard));

const fullSync = /Full resync (?:from|requested by)|Starting BGSAVE for SYNC/;

const asks: Record<EventName, Ask> = {
  steady: () => true,
  suspected: (_, view) => healthOf(view, (health) => health !== 'ok'),
  failed: (_, view) => view.failed.size > 0,
  'failover started': (_, view, { epoch }) => highestEpoch(view) > epoch,
  'failover complete': (_, view, { owners }) =>
    [...view.owners].some(([shard, owner]) => owners.get(shard) !== owner && view.nodes.get(owner)?.role === 'primary'),
  'full sync started': ({ tail }, view, { t }) =>
    tail.lines.some((line) => line.t >= t && fullSync.test(line.text)) ||
    [...view.nodes.values()].some((node) => node.syncing),
  'service lost': lost,
  'service restored': (drill) => !lost(drill),
  healed: (drill) =>
    drawnLeaves(drill.plan.entries).every((entry) => entry.kind !== 'fault' || drill.done.has(entry.id)) &&
    drill.live.every(({ record }) => record.healedAt !== undefined),
};

/** ms: a server cuts its stamps to whole milliseconds, and clocks are compared over a connection. */
const STAMP = 2;

/** @returns a question that may be asked again and again. */
export function watchFor(event: WhenEvent, drill: Drill, before: Baseline = steadyState(drill)): () => Sight {
  if (event.on === 'after') return () => told(drill.done.has(event.id), `${event.id} is not over`);
  if (event.on === 'log') return watchLog(event, drill, before.t - STAMP);
  if (event.on === 'state') return () => judgeCondition(event.condition, drill);
  const ask = asks[event.on];
  if (!ask) throw new RedrillError('BUG', `nobody watches for "${event.on}"`);
  // What a drill waits for is a consequence: a hiccup before the first fault is none.
  const begun = (): boolean =>
    drill.faults.length > 0 || !drawnLeaves(drill.plan.entries).some((entry) => entry.kind === 'fault');
  // "service restored" speaks of a service that was lost: before that it would be true at once.
  let wasLost = false;
  return () => {
    if (event.on !== 'steady' && !begun()) return told(false, 'no fault has fired yet');
    const view = drill.observer.consensus();
    wasLost ||= lost(drill);
    return told((event.on !== 'service restored' || wasLost) && ask(drill, view, before), 'it has not happened');
  };
}

const told = (holds: boolean, otherwise: string): Sight => ({ holds, text: holds ? 'it has happened' : otherwise });

function watchLog({ pattern, flags, of }: WhenEvent & { on: 'log' }, drill: Drill, since: number): () => Sight {
  let looked = 0;
  let found: string | undefined;
  return () => {
    const regex = regexOf({
      pattern: replaceNames(pattern, (name) =>
        fill(`\${${name}}`, drill.values).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'),
      ),
      flags,
    });
    const nodes = of === undefined ? undefined : namesOf(of, drill);
    const { lines } = drill.tail;
    for (; found === undefined && looked < lines.length; looked++) {
      const { node, t, text } = lines[looked]!;
      if (t >= since && (nodes === undefined || nodes.includes(node)) && regex.test(text)) found = `${node}: ${text}`;
    }
    return { holds: found !== undefined, text: found ?? `none of ${looked} lines matches` };
  };
}

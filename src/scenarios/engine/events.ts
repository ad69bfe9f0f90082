/** Has it happened yet? The live side of `when:`, answered from the observer, the probes and the server logs. */
import { RedrillError } from '../../core/errors.js';
import type { ClusterView } from '../../topology/types.js';
import type { EventName, WhenEvent } from '../when.js';
import type { Drill } from './drill.js';

type Ask = (drill: Drill, view: ClusterView) => boolean;

const healthOf = (view: ClusterView, bad: (health: string) => boolean): boolean =>
  [...view.nodes.values()].some((node) => [...node.peers.values()].some((peer) => bad(peer.health)));

const lost = (drill: Drill): boolean => drill.topology.shards.some(({ shard }) => drill.prober.lost(shard));

const asks: Record<EventName, Ask> = {
  steady: () => true,
  suspected: (_, view) => healthOf(view, (health) => health !== 'ok'),
  failed: (_, view) => view.failed.size > 0,
  'failover started': (drill, view) => [...view.nodes.values()].some((node) => node.currentEpoch > drill.epochBefore),
  'failover complete': ({ ownersBefore }, view) =>
    [...view.owners].some(
      ([shard, owner]) => ownersBefore.get(shard) !== owner && view.nodes.get(owner)?.role === 'primary',
    ),
  'service lost': lost,
  'service restored': (drill) => !lost(drill),
  healed: (drill) =>
    drill.plan.entries.every((entry) => entry.kind !== 'fault' || !entry.drawn || drill.done.has(entry.id)) &&
    drill.live.every(({ record }) => record.healedAt !== undefined),
};

/** @returns a question that may be asked again and again; `stop` ends what it listens to. */
export function watchFor(event: WhenEvent, drill: Drill): { happened(): boolean; stop(): void } {
  if (event.on === 'after') return { happened: () => drill.done.has(event.id), stop: () => undefined };
  if (event.on === 'log') {
    const pattern = new RegExp(event.pattern, event.flags);
    const listening = new AbortController();
    let seen = false;
    for (const node of drill.topology.all)
      node.container.follow((line) => {
        seen ||= pattern.test(line.text);
      }, listening.signal);
    return { happened: () => seen, stop: () => listening.abort() };
  }
  const ask = asks[event.on];
  if (!ask) throw new RedrillError('BUG', `nobody watches for "${event.on}"`);
  // What a drill waits for is a consequence: a hiccup before the first fault is none.
  const begun = (): boolean =>
    drill.faults.length > 0 || !drill.plan.entries.some((entry) => entry.kind === 'fault' && entry.drawn);
  // "service restored" speaks of a service that was lost: before that it would be true at once.
  let wasLost = false;
  return {
    happened: () => {
      if (event.on !== 'steady' && !begun()) return false;
      const view = drill.observer.consensus();
      if (event.on !== 'service restored') return ask(drill, view);
      wasLost ||= lost(drill);
      return wasLost && ask(drill, view);
    },
    stop: () => undefined,
  };
}

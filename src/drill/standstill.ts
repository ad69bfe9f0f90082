/**
 * Can anything still change? Asked of a drill that has missed something already: its verdict is known, and waiting for the
 * rest of the budget would only be waiting.
 */

import { ms } from '../core/units.js';
import { traitsOf } from '../deployment/kinds.js';
import { nextRound, noticedBy, retryAfter } from '../deployment/timing.js';
import { drawnLeaves } from '../scenarios/leaves.js';
import { nodeTimeout } from '../topology/silence.js';
import type { Topology } from '../topology/types.js';
import type { Drill } from './types.js';

/** Often enough for something that is waited for by seconds; comparing pictures of many nodes is work. */
const EVERY = ms(250);

/** ms after which servers would have done what they do by themselves: notice, try, and try once more. */
export const patienceWith = ({ spec }: Pick<Topology, 'spec'>): number =>
  noticedBy(0, nodeTimeout(spec)) +
  (spec.sentinels
    ? nextRound(spec.sentinels.failoverTimeout)
    : traitsOf(spec.kind).hasSlots
      ? retryAfter(nodeTimeout(spec))
      : 0);

/** @returns a question that is asked again and again; its answer is for how many ms nothing has changed, 0 while something may. */
export function watchStandstill(drill: Drill): () => number {
  const { now } = drill.clock;
  let [looked, since, last] = [Number.NEGATIVE_INFINITY, now(), ''];
  return () => {
    if (!missed(drill) || acting(drill)) {
      since = now();
      return 0;
    }
    if (now() - looked >= EVERY) {
      looked = now();
      const picture = pictureOf(drill);
      if (picture !== last) [since, last] = [looked, picture];
    }
    return now() - since;
  };
}

const missed = ({ steps, procedures }: Drill): boolean =>
  steps.some(({ verdict, optional }) => !optional && (verdict === 'not met' || verdict === 'unknown')) ||
  procedures.some(({ verdict }) => verdict === 'failed');

/** Some entry is being carried out, or will be without waiting for anybody. */
const acting = ({ plan, live, open, waiting }: Drill): boolean => {
  const held = drawnLeaves(plan.entries).flatMap((leaf) =>
    leaf.kind === 'fault' && leaf.for !== undefined ? [leaf.id] : [],
  );
  return open > waiting || live.some(({ record }) => record.healedAt === undefined && held.includes(record.id));
};

/** Whatever servers do by themselves shows here; a node that loads or copies its data is not standing still. */
function pictureOf({ observer, prober, topology, clock }: Drill): string {
  const view = observer.consensus();
  const nodes = [...view.nodes.values()];
  const busy = nodes.some(({ reachable, role, syncing }) => reachable && (role === 'loading' || syncing));
  return JSON.stringify([
    busy && clock.now(),
    [...view.owners],
    [...view.failed],
    nodes.map(({ reachable, role, linkUp, currentEpoch, peers }) => [
      reachable,
      role,
      linkUp,
      currentEpoch,
      [...peers.values()].map((peer) => [peer.role, peer.health, peer.primary]),
    ]),
    topology.shards.map(({ shard }) => prober.lost(shard)),
  ]);
}

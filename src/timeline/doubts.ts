/**
 * What a recording holds against itself: two of its witnesses contradict each other, or something happened before the drill
 * had done anything. Nothing passes with a doubt.
 */

import { formatDuration } from '../core/units.js';
import { traitsOf } from '../deployment/kinds.js';
import type { Recording } from '../recording/recording.js';
import { contradictionsIn } from './bite.js';
import { restartsOf } from './loss-cause.js';
import type { Ownership } from './ownership.js';
import type { Outage } from './types.js';

/** An outage before the drill's first deed that is longer than this is no hiccup of a busy machine, in ms. */
const TOO_LONG = 500;

export const doubtsIn = (recording: Recording, ownership: Ownership, outages: readonly Outage[]): string[] => [
  ...contradictionsIn(recording, ownership, outages),
  ...beforeTheFirst(recording, ownership, outages),
];

/** When the drill first did something to what it drills: a fault, a procedure, a command of its own. */
function firstDeed({ faults, procedures, steps = [] }: Recording): number | undefined {
  const deeds = [
    ...faults.map((f) => f.requestedAt),
    ...procedures.flatMap((p) => (p.verdict === 'never started' ? [] : [p.startedAt])),
    ...steps.flatMap((s) => (s.kind === 'run' && s.startedAt !== undefined ? [s.startedAt] : [])),
  ].filter(Number.isFinite);
  return deeds.length > 0 ? Math.min(...deeds) : undefined;
}

/** A failover of its own accord, on a busy machine with a short time-out, leaves another deployment than the one that was to be drilled. */
function beforeTheFirst(recording: Recording, ownership: Ownership, outages: readonly Outage[]): string[] {
  const zero = recording.clock.zero;
  const first = firstDeed(recording);
  if (zero === undefined || first === undefined) return [];
  const early = (t: number): boolean => t >= zero && t < first;
  const moved = recording.topology.shards.flatMap(({ shard }) =>
    ownership
      .reigns(shard)
      .slice(1)
      .filter(({ by }) => early(by))
      .map(({ node, by }) => `${node} took over shard ${shard} ${formatDuration(first - by)} before`),
  );
  const { kind, shards, nodes } = recording.topology;
  // To be held for down by sentinels costs a primary its place, and the others nothing: what is over is over.
  const costs = (name: string): boolean =>
    traitsOf(kind).detectors === 'servers' ||
    ownership.failed(name, first) ||
    shards.some(({ shard }) => ownership.owner(shard, zero) === name);
  const failed = nodes
    .filter(({ name }) => ownership.failedBetween(name, zero, first) && costs(name))
    .map(({ name }) => `${name} was held for failed before`);
  const restarted = restartsOf(recording).filter(({ t }) => early(t));
  const away = outages.filter(
    ({ from, to = Number.POSITIVE_INFINITY }) => from < first && Math.min(to, first) - Math.max(from, zero) > TOO_LONG,
  );
  return [
    ...moved,
    ...failed,
    ...restarted.map(({ node }) => `${node} became another process before`),
    ...away.map(({ shard }) => `shard ${shard} was out of service before`),
  ].map((what) => `${what} the drill had done anything`);
}

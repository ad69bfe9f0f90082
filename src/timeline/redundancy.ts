/** When every shard had its replicas again, from the observer's samples. */
import { isOutsider } from '../deployment/roles.js';
import type { Recording } from '../recording/recording.js';
import { Role } from '../recording/tables.js';
import { type Stretch, union } from './interval.js';
import type { Ownership } from './ownership.js';

/** Shorter gaps are single polls that got no answer. */
const BLINK_POLLS = 3;
/** Redundancy that goes again within this time had not come back, in ms. */
const CALM = 1000;

/**
 * Stretches in which a shard had too few replicas: its owner, as a primary, sees fewer online than the topology asks for, or
 * fewer replicas than that are linked, not syncing and not far behind. The owner alone can't be believed: it counts a silent replica as
 * online until repl-timeout (60 s). `to` of the last one is Infinity when it never ended.
 */
export function thinStretches(recording: Recording, ownership: Ownership): Stretch[] {
  const { samples, topology, workload } = recording;
  const { replicasByShard = topology.shards.map(() => topology.replicasPerShard) } = topology;
  const all = replicasByShard.reduce((sum, wanted) => sum + wanted, 0);
  if (all === 0 || samples.length === 0) return [];
  const [times, nodes] = [samples.column('t'), samples.column('node')];
  const order = Array.from(times.keys()).sort((a, b) => times[a]! - times[b]!);
  const lastRow = new Map<number, number>();
  // Who belongs to nothing yet is not looked at.
  const watched = topology.nodes.filter(({ role }) => !isOutsider(role)).length;
  const indexOf = new Map(topology.nodes.map((n, i) => [n.name, i]));
  // Across a cut nothing is replicated, whatever both sides still believe of each other.
  const cuts = recording.faults.flatMap(({ effective, healedAt, cutOff, starved = [] }) =>
    effective && cutOff.length + starved.length > 0
      ? [{ from: effective.at, to: healedAt ?? Number.POSITIVE_INFINITY }]
      : [],
  );
  const whole = (t: number): boolean => {
    if (cuts.some(({ from, to }) => t >= from && t < to)) return false;
    let linked = 0;
    for (const row of lastRow.values())
      if (samples.at(row, 'role') === Role.replica && samples.at(row, 'link') === 1 && samples.at(row, 'syncing') === 0)
        linked++;
    if (linked < all) return false;
    return topology.shards.every(({ shard }) => {
      const row = lastRow.get(indexOf.get(ownership.owner(shard, t) ?? '') ?? -1);
      return (
        row !== undefined &&
        samples.at(row, 'role') === Role.primary &&
        samples.at(row, 'replicasOnline') >= replicasByShard[shard - 1]!
      );
    });
  };
  const out: Stretch[] = [];
  let since: number | undefined;
  for (const row of order) {
    const t = times[row]!;
    lastRow.set(nodes[row]!, row);
    if (lastRow.size < watched) continue;
    if (whole(t)) {
      if (since !== undefined && t - since > BLINK_POLLS * workload.observeEvery) out.push({ from: since, to: t });
      since = undefined;
    } else since ??= t;
  }
  if (since !== undefined) out.push({ from: since, to: Number.POSITIVE_INFINITY });
  return out;
}

/**
 * Redundancy after a disturbance at `at` whose service was back at `served` (or never left: `at`).
 * `until` is where the next disturbance begins, `end` where measuring does.
 * Before a fail-over everything can look whole: an isolated primary keeps its replica's entry. So it counts from `served`.
 */
export function redundancyAfter(
  thin: readonly Stretch[],
  at: number,
  served: number,
  until: number,
  end: number,
): { lost: boolean; back?: number } {
  const mine = thin.filter((s) => s.to > at && s.from < until);
  if (mine.length === 0) return { lost: false };
  const chained = union(mine, CALM);
  const last = chained.find((s) => s.to > served) ?? chained.at(-1)!;
  return last.to > end ? { lost: true } : { lost: true, back: Math.max(last.to, served) };
}

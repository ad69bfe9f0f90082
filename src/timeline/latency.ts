/** Latency of the workload: from the moment the open-loop schedule intended an operation to its answer, so queueing counts. */
import { type Ops, Profile, Status } from '../workload/tables.js';
import type { LatencySummary } from './types.js';

/** Tuned clients measure the server; a workload with default clients alone is judged by those. */
export function measuringProfile(ops: Ops): number {
  const profiles = ops.column('profile');
  for (let i = 0; i < profiles.length; i++) if (profiles[i] === Profile.tuned) return Profile.tuned;
  return Profile.default;
}

/**
 * Percentiles (nearest rank, exact) of acknowledged operations intended in [from, to), in ms. Failed and unknown ones have
 * no latency: error_rate speaks of them. Undefined when there was none.
 */
export function latencyIn(ops: Ops, from: number, to: number, profile?: number): LatencySummary | undefined {
  const [intended, done, profiles, statuses] = [
    ops.column('intended'),
    ops.column('done'),
    ops.column('profile'),
    ops.column('status'),
  ];
  const all = new Float64Array(ops.length);
  let n = 0;
  for (let i = 0; i < all.length; i++) {
    const t = intended[i]!;
    if (t < from || t >= to || statuses[i] !== Status.ok) continue;
    if (profile === undefined || profiles[i] === profile) all[n++] = done[i]! - t;
  }
  if (n === 0) return undefined;
  const sorted = all.subarray(0, n).sort();
  const rank = (q: number): number => sorted[Math.max(0, Math.ceil(q * n) - 1)]!;
  return { count: n, p50: rank(0.5), p99: rank(0.99), max: sorted[n - 1]! };
}

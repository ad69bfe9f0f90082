/**
 * Latency of the workload: from the moment the open-loop schedule intended an operation to its answer, so queueing counts.
 *
 * An operation without an acknowledgement is not left out: its application asks again. The other operations of its slot show
 * how long in vain, and they bound what it waited:
 *
 *   intended ──▶ given up … asked again ✗ … asked again ✗ … asked again ✓ answered
 *   └───────────── at least ─────────────────────────┘                           │
 *   └───────────── at most ──────────────────────────────────────────────────────┘
 *
 * A p99 of those alone that were answered says 18 ms of a cluster of which a third is dead.
 */
import { type Ops, Profile, Status } from '../recording/tables.js';
import { lastAt } from './course.js';
import type { LatencySummary } from './types.js';

/** Tuned clients measure the server; a workload without any is judged by those with the library's defaults, else by the patient ones. */
export function measuringProfile(ops: Ops): number {
  const there = new Set(ops.column('profile'));
  return [Profile.tuned, Profile.default, Profile.patient].find((profile) => there.has(profile)) ?? Profile.tuned;
}

/** Bounds of what each operation waited, in ms, by row; NaN for those of other clients. */
interface Waits {
  least: Float64Array;
  /** Infinity where nothing of its kind was acknowledged on its slot any more. */
  most: Float64Array;
}

/** Percentiles (nearest rank, exact) of the operations intended in [from, to), in ms. Undefined when there was none. */
export function latencyIn(
  ops: Ops,
  { least, most }: Waits,
  { from, to }: { from: number; to: number },
): LatencySummary | undefined {
  const [intended, statuses] = [ops.column('intended'), ops.column('status')];
  const [low, high] = [new Float64Array(ops.length), new Float64Array(ops.length)];
  let [n, unanswered] = [0, 0];
  for (let i = 0; i < ops.length; i++) {
    if (intended[i]! < from || intended[i]! >= to || Number.isNaN(least[i])) continue;
    if (statuses[i] !== Status.ok) unanswered++;
    low[n] = least[i]!;
    high[n++] = most[i]!;
  }
  if (n === 0) return undefined;
  const figures = percentiles(low.subarray(0, n));
  return { count: n, unanswered, ...figures, ...(unanswered > 0 && { atMost: percentiles(high.subarray(0, n)) }) };
}

/** The same of acknowledged operations alone: what is usual, from a time when nothing is wrong. */
export function answeredIn(
  ops: Ops,
  from: number,
  to: number,
  profile: number,
): { count: number; p99: number } | undefined {
  const [intended, done, profiles, statuses] = columns(ops);
  const all = new Float64Array(ops.length);
  let n = 0;
  for (let i = 0; i < all.length; i++)
    if (statuses[i] === Status.ok && profiles[i] === profile && intended[i]! >= from && intended[i]! < to)
      all[n++] = done[i]! - intended[i]!;
  return n === 0 ? undefined : { count: n, p99: percentiles(all.subarray(0, n)).p99 };
}

function percentiles(values: Float64Array): Record<'p50' | 'p99' | 'max', number> {
  const sorted = values.sort();
  const rank = (q: number): number => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
  return { p50: rank(0.5), p99: rank(0.99), max: rank(1) };
}

const columns = (ops: Ops) =>
  [ops.column('intended'), ops.column('done'), ops.column('profile'), ops.column('status')] as const;

/** What the operations of these clients waited. */
export function waitsOf(ops: Ops, profile: number): Waits {
  const [intended, done, profiles, statuses] = columns(ops);
  const waits = { least: new Float64Array(ops.length).fill(Number.NaN), most: new Float64Array(ops.length) };
  const [slots, kinds] = [ops.column('slot'), ops.column('kind')];
  const groups = new Map<number, { rows: number[]; failed: boolean }>();
  let last = 0;
  for (let i = 0; i < ops.length; i++) {
    last = Math.max(last, intended[i]!, Number.isNaN(done[i]) ? 0 : done[i]!);
    if (profiles[i] !== profile) continue;
    const ok = statuses[i] === Status.ok;
    if (ok) waits.least[i] = waits.most[i] = done[i]! - intended[i]!;
    const name = slots[i]! * 4 + kinds[i]!;
    const group = groups.get(name) ?? { rows: [], failed: false };
    group.rows.push(i);
    group.failed ||= !ok;
    groups.set(name, group);
  }
  for (const { rows, failed } of groups.values()) if (failed) boundUnanswered(ops, rows, waits, last);
  return waits;
}

/** `rows`: the operations of one kind on one slot, in order. `last`: the last moment that is known of any. */
function boundUnanswered(ops: Ops, rows: readonly number[], { least, most }: Waits, last: number): void {
  const [intended, done, , statuses] = columns(ops);
  const sent = ops.column('sent');
  const ended = (row: number): number => (Number.isNaN(done[row]) ? last : done[row]!);
  const good = rows.flatMap((row, place) => (statuses[row] === Status.ok ? [place] : []));
  // Of each place, the one before it whose operation was asked for in vain.
  const vain = new Int32Array(rows.length + 1).fill(-1);
  for (const [place, row] of rows.entries()) vain[place + 1] = statuses[row] === Status.ok ? vain[place]! : place;
  for (const [place, row] of rows.entries()) {
    if (statuses[row] === Status.ok) continue;
    const before = lastAt(good.length, (k) => sent[rows[good[k]!]!]!, ended(row) - 1e-6);
    const back = Number.isNaN(done[row]) ? undefined : good[before + 1];
    const tried = rows[Math.max(place, vain[back ?? rows.length]!)]!;
    most[row] = back === undefined ? Number.POSITIVE_INFINITY : done[rows[back]!]! - intended[row]!;
    least[row] = Math.min(most[row]!, ended(tried) - intended[row]!);
  }
}

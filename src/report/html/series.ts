/** What the charts draw: operations summed up in buckets, so that a million of them cost as much as ten thousand. */

import type { Recording } from '../../recording/recording.js';
import { profileNameOf, Status } from '../../recording/tables.js';
import { waitsOf } from '../../timeline/latency.js';
import { profileWords } from '../format.js';
import { answeredAt, type View } from './view.js';

/** One line per quantity, one value per bucket. Latency in ms by the moment an operation was due, of one without an answer the least that it waited, null where there was none; rates per second by the moment of the answer, null where no load was on. */
export interface Series {
  name: string;
  p50: (number | null)[];
  p99: (number | null)[];
  max: (number | null)[];
  ok: (number | null)[];
  fail: (number | null)[];
  unknown: (number | null)[];
}

export interface Charts {
  /** ms; `x` are the middles of the buckets, in s from the page's zero. */
  bucket: number;
  x: number[];
  series: Series[];
}

const BUCKETS = 1200;
/** Below this many operations a bucket's p99 is its maximum; but a bucket longer than COARSEST hides the recovery. */
const PER_BUCKET = 100;
const COARSEST = 100;
const widths = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000];

export function charts({ ops }: Recording, { origin, from, to }: View): Charts {
  const span = to - from;
  if (ops.length === 0 || span <= 0) return { bucket: 0, x: [], series: [] };
  const least = Math.max(span / BUCKETS, Math.min(COARSEST, (span / ops.length) * PER_BUCKET));
  const bucket = widths.find((w) => w >= least) ?? Math.ceil(least);
  const first = Math.floor(from / bucket);
  const count = Math.floor(to / bucket) - first + 1;
  const profiles = ops.column('profile');
  const there = [...new Set(profiles)].sort((a, b) => a - b);
  const place = { start: origin + first * bucket, bucket, count };
  const waits = there.map((profile) => waitsOf(ops, profile).least);
  const waited = Float64Array.from(profiles, (profile, i) => waits[there.indexOf(profile)]![i]!);
  const series = [summarise('all clients', ops, waited, place, undefined)];
  if (there.length > 1)
    for (const profile of there)
      series.push(summarise(profileWords[profileNameOf(profile)], ops, waited, place, profile));
  return { bucket, x: Array.from({ length: count }, (_, i) => round(((first + i + 0.5) * bucket) / 1000)), series };
}

interface Place {
  start: number;
  bucket: number;
  count: number;
}

function summarise(
  name: string,
  ops: Recording['ops'],
  waited: Float64Array,
  { start, bucket, count }: Place,
  only: number | undefined,
): Series {
  const [intended, done, status, profile] = [
    ops.column('intended'),
    ops.column('done'),
    ops.column('status'),
    ops.column('profile'),
  ];
  const rates = [new Float64Array(count), new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const inBucket = (t: number): number => Math.min(count - 1, Math.max(0, Math.floor((t - start) / bucket)));
  const sizes = new Uint32Array(count + 1);
  for (let i = 0; i < ops.length; i++) {
    if (only !== undefined && profile[i] !== only) continue;
    rates[status[i]!]![inBucket(answeredAt(done[i]!, intended[i]!, status[i]!))]!++;
    sizes[inBucket(intended[i]!) + 1]!++;
  }
  // A counting sort by bucket, then each bucket on its own: no object per operation.
  const ends = sizes;
  for (let b = 0; b < count; b++) ends[b + 1]! += ends[b]!;
  const next = ends.slice();
  const latency = new Float32Array(ends[count]!);
  for (let i = 0; i < ops.length; i++) {
    if (only !== undefined && profile[i] !== only) continue;
    latency[next[inBucket(intended[i]!)]!++] = waited[i]!;
  }
  const lines: Pick<Series, 'p50' | 'p99' | 'max'> = { p50: [], p99: [], max: [] };
  for (let b = 0; b < count; b++) {
    const sorted = latency.subarray(ends[b]!, ends[b + 1]!).sort();
    lines.p50.push(quantile(sorted, 0.5));
    lines.p99.push(quantile(sorted, 0.99));
    lines.max.push(quantile(sorted, 1));
  }
  const busy = rates.reduce((sum, n) => sum.map((v, b) => v + n[b]!));
  const loaded = [busy.findIndex((v) => v > 0), busy.findLastIndex((v) => v > 0)] as const;
  const perSecond = (n: Float64Array): (number | null)[] =>
    Array.from(n, (v, b) => (b < loaded[0] || b > loaded[1] ? null : round((v * 1000) / bucket)));
  return {
    name,
    ...lines,
    ok: perSecond(rates[Status.ok]!),
    fail: perSecond(rates[Status.fail]!),
    // An operation still pending when the run ended has an unknown outcome too.
    unknown: perSecond(rates[Status.unknown]!.map((n, b) => n + rates[Status.pending]![b]!)),
  };
}

function quantile(sorted: Float32Array, q: number): number | null {
  if (sorted.length === 0) return null;
  return round(Math.max(0.001, sorted[Math.ceil(q * sorted.length) - 1]!));
}

/** Three significant digits are what a chart can show; more would only make the file bigger. */
const round = (n: number): number =>
  Number(n.toPrecision(3 + Math.max(0, Math.floor(Math.log10(Math.abs(n) / 100 || 1)))));

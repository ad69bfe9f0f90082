/**
 * What the application felt, in buckets of 100 ms: when its errors were back in the band they had before the fault
 * (`client`), and when its p99 was (`normal`).
 */
import type { Recording } from '../recording/recording.js';
import { Status } from '../recording/tables.js';
import { answeredIn, measuringProfile } from './latency.js';

const BUCKET = 100;
/** Errors that come back after this time without any are another story, in ms. */
const CALM = 1000;
/** p99 must stay in its band for this long, or until the load ends, in ms. */
const LASTING = 1000;
/** A p99 of fewer operations is the maximum: a window holds at least this many where the rate allows. */
const WINDOW_OPS = 100;
const WINDOW = { least: 500, most: 2000 };

export interface Buckets {
  from: number;
  profile: number;
  total: Uint32Array;
  /** Not acknowledged: failed, unknown or never answered. */
  bad: Uint32Array;
  /** Acknowledged later than the band allows, or bad. */
  slow: Uint32Array;
  /** Last intended moment that was measured. */
  end: number;
  /** Highest latency that counts as normal, in ms; undefined when there were too few operations before the fault to say. */
  band?: number;
}

/** p99 of before, tripled, but at least 5 ms more: a p99 of 0.4 ms that becomes 1 ms is not an incident. */
const bandOf = (p99: number): number => Math.max(3 * p99, p99 + 5);

export function bucketsOf({ ops }: Recording, zero: number, effective: number, until: number): Buckets | undefined {
  if (ops.length === 0) return undefined;
  const profile = measuringProfile(ops);
  const before = answeredIn(ops, zero, effective, profile);
  const band = before && before.count >= 20 ? bandOf(before.p99) : undefined;
  const [intended, done, profiles, statuses] = [
    ops.column('intended'),
    ops.column('done'),
    ops.column('profile'),
    ops.column('status'),
  ];
  let end = zero;
  for (let i = 0; i < intended.length; i++) if (intended[i]! > end && intended[i]! <= until) end = intended[i]!;
  const size = Math.floor((end - zero) / BUCKET) + 1;
  const [total, bad, slow] = [new Uint32Array(size), new Uint32Array(size), new Uint32Array(size)];
  for (let i = 0; i < intended.length; i++) {
    const t = intended[i]!;
    if (t < zero || t > end || profiles[i] !== profile) continue;
    const b = Math.floor((t - zero) / BUCKET);
    total[b]!++;
    if (statuses[i] !== Status.ok) {
      bad[b]!++;
      slow[b]!++;
    } else if (band !== undefined && done[i]! - t > band) slow[b]!++;
  }
  return { from: zero, profile, total, bad, slow, end, ...(band === undefined ? {} : { band }) };
}

const bucketAt = (b: Buckets, t: number): number => Math.max(0, Math.floor((t - b.from) / BUCKET));
const startOf = (b: Buckets, i: number): number => b.from + i * BUCKET;
const sum = (column: Uint32Array, from: number, to: number): number => {
  let n = 0;
  for (let i = Math.max(0, from); i < Math.min(to, column.length); i++) n += column[i]!;
  return n;
};

export interface Errors {
  /** Bucket range of the errors: first and last above the band. */
  first: number;
  last: number;
  /** They lasted until the load ended. */
  endless: boolean;
  /** Errors above the band that came after a calm. */
  again?: number;
}

/** The first chain of buckets with more errors than before the fault, within [from, until). */
export function errorsAfter(b: Buckets, from: number, until: number): Errors | undefined {
  const start = bucketAt(b, from);
  // The next fault's errors begin in the bucket in which this one's time ends.
  const end = until > b.end ? b.total.length : bucketAt(b, until);
  const usual = sum(b.bad, 0, start) / Math.max(1, sum(b.total, 0, start));
  const allowed = Math.max(2 * usual, 0.01);
  let found: Errors | undefined;
  for (let i = start; i < end; i++) {
    if (b.bad[i] === 0 || b.bad[i]! / b.total[i]! <= allowed) continue;
    if (!found) found = { first: i, last: i, endless: false };
    else if ((i - found.last) * BUCKET <= CALM + BUCKET) found.last = i;
    else {
      found.again = startOf(b, i);
      break;
    }
  }
  if (found) found.endless = startOf(b, found.last + 1) > Math.min(b.end, until) - 3 * BUCKET;
  return found;
}

/**
 * When the application was served again: the answer to the first operation that was acknowledged after the last failing one
 * of the chain. @returns undefined when that never came.
 */
export function clientBack(
  { ops }: Recording,
  b: Buckets,
  errors: Errors,
): { at: number; uncertainty: number } | undefined {
  if (errors.endless) return undefined;
  const [intended, done, profiles, statuses] = [
    ops.column('intended'),
    ops.column('done'),
    ops.column('profile'),
    ops.column('status'),
  ];
  const limit = startOf(b, errors.last + 1);
  let lastBad = startOf(b, errors.last);
  for (let i = 0; i < intended.length; i++)
    if (statuses[i] !== Status.ok && profiles[i] === b.profile && intended[i]! < limit && intended[i]! > lastBad)
      lastBad = intended[i]!;
  let first = Number.POSITIVE_INFINITY;
  let at = Number.NaN;
  for (let i = 0; i < intended.length; i++)
    if (statuses[i] === Status.ok && profiles[i] === b.profile && intended[i]! > lastBad && intended[i]! < first)
      [first, at] = [intended[i]!, done[i]!];
  return Number.isNaN(at) ? undefined : { at, uncertainty: first - lastBad };
}

/**
 * The first moment from `from` on at which p99 was in its band and stayed there. `never`: it was out of its band when the
 * load ended. undefined: there was too little load to say.
 */
export function normalFrom(b: Buckets, from: number): { at: number; uncertainty: number } | 'never' | undefined {
  if (b.band === undefined) return undefined;
  const perBucket = sum(b.total, 0, b.total.length) / b.total.length;
  const wanted = Math.ceil(WINDOW_OPS / Math.max(perBucket, 0.01));
  const width = Math.min(Math.max(WINDOW.least / BUCKET, wanted), WINDOW.most / BUCKET);
  // The last bucket is cut short by the end of the load.
  const last = b.total.length - 1 - width;
  const good = (i: number): boolean => {
    const n = sum(b.total, i, i + width);
    return n > 0 && sum(b.slow, i, i + width) <= Math.floor(n * 0.01);
  };
  const start = Math.ceil((from - b.from) / BUCKET);
  if (start > last) return undefined;
  for (let i = start, run = start; i <= last; i++) {
    if (!good(i)) run = i + 1;
    else if (i === last || (i - run) * BUCKET >= LASTING)
      return { at: Math.max(from, startOf(b, run)), uncertainty: BUCKET / 2 };
  }
  return 'never';
}

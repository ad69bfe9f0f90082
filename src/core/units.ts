/** Durations, sizes, rates and percentages as people write them. A bare number is always an error: tools disagree on what it means. */

export const ms = (n: number): number => n;
export const s = (n: number): number => n * 1000;

const durations: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const sizes: Record<string, number> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };
const bandwidths: Record<string, number> = {
  ...sizes,
  kbit: 1000 / 8,
  mbit: 1e6 / 8,
  gbit: 1e9 / 8,
};
const rates: Record<string, number> = { s: 1, m: 60, h: 3600 };

const NUMBER = String.raw`\d+(?:\.\d+)?`;

/** A week, in ms. Timers count to 24 days, and those that are given more ring at once. */
const LONGEST = 7 * 24 * 3_600_000;
const LARGEST = 16 * 1024 ** 4;
const FASTEST = 1_000_000;

/** Nobody means a number of so many digits: it is a slip, and a message should not repeat all of it. */
function short(text: string): string {
  const written = text.trim();
  if (written.length > 40)
    throw new Error(`"${written.slice(0, 20)}…" has ${written.length} characters: no value is that long`);
  return written;
}

const unitless = (text: string, examples: [string, string]): string =>
  /^\s*-?\d+(\.\d+)?\s*$/.test(text)
    ? `"${text.trim()}" has no unit; write ${text.trim()}${examples[0]} or ${text.trim()}${examples[1]}`
    : '';

/** @returns milliseconds. `1m30s`, `250ms`, `1.5s`. */
export function parseDuration(text: string, longest = LONGEST): number {
  const written = short(text);
  const parts = [...written.matchAll(new RegExp(`(${NUMBER})(us|ms|s|m|h)`, 'gy'))];
  if (parts.length === 0 || parts.map((p) => p[0]).join('') !== written)
    throw new Error(
      unitless(written, ['s', 'ms']) || `"${written}" is not a duration; write for example 500ms, 5s or 1m30s`,
    );
  const duration = parts.reduce((sum, [, n, unit]) => sum + Number(n) * durations[unit!]!, 0);
  if (duration > longest)
    throw new Error(`"${written}" is longer than anything here takes (at most ${longest / 3_600_000}h)`);
  return duration;
}

/** @returns bytes; kb, mb and gb are powers of 1024, as in redis.conf. */
export function parseSize(text: string): number {
  const written = short(text);
  const m = new RegExp(`^(${NUMBER})(b|kb|mb|gb)$`, 'i').exec(written);
  if (!m)
    throw new Error(unitless(written, ['mb', 'kb']) || `"${written}" is not a size; write for example 64mb or 1gb`);
  const size = Math.round(Number(m[1]) * sizes[m[2]!.toLowerCase()]!);
  if (size > LARGEST) throw new Error(`"${written}" is more than any server has (at most ${LARGEST / 1024 ** 3}gb)`);
  return size;
}

/** @returns operations per second. `500/s`, `600/m`. */
export function parseRate(text: string): number {
  const written = short(text);
  const m = new RegExp(`^(${NUMBER})/(s|m|h)$`).exec(written);
  if (!m) throw new Error(unitless(written, ['/s', '/m']) || `"${written}" is not a rate; write for example 500/s`);
  const rate = Number(m[1]) / rates[m[2]!]!;
  if (rate === 0) throw new Error(`"${written}" is nothing at all; write for example 500/s`);
  if (rate > FASTEST) throw new Error(`"${written}" is more than any server takes (at most ${FASTEST}/s)`);
  return rate;
}

/** @returns bytes per second. `512kb/s`, `10mbit/s`; kb, mb and gb are powers of 1024, bits come in thousands. */
export function parseBandwidth(text: string): number {
  const m = new RegExp(`^(${NUMBER})(b|kb|mb|gb|kbit|mbit|gbit)/s$`, 'i').exec(short(text));
  const bytes = m && Number(m[1]) * bandwidths[m[2]!.toLowerCase()]!;
  if (!bytes)
    throw new Error(
      unitless(text, ['mb/s', 'mbit/s']) || `"${text}" is not a bandwidth; write for example 512kb/s or 10mbit/s`,
    );
  if (bytes > LARGEST) throw new Error(`"${text.trim()}" is more than any network carries`);
  return bytes;
}

/** @returns a share between 0 and 1. `99.9%`. */
export function parsePercent(text: string): number {
  const m = new RegExp(`^(${NUMBER})%$`).exec(short(text));
  if (!m) throw new Error(`"${text}" is not a percentage; write for example 99.9%`);
  const share = Number(m[1]) / 100;
  if (share > 1) throw new Error(`"${text}" is more than 100%`);
  return share;
}

const trim = (n: number, digits: number): string => {
  const fixed = n.toFixed(digits);
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
};

export function formatDuration(milliseconds: number): string {
  const abs = Math.abs(milliseconds);
  if (abs === 0) return '0 ms';
  if (abs < 1) return `${trim(milliseconds, 2)} ms`;
  if (abs < 10) return `${trim(milliseconds, 1)} ms`;
  if (abs < 1000) return `${Math.round(milliseconds)} ms`;
  if (abs < 60_000) return `${trim(milliseconds / 1000, 2)} s`;
  const minutes = Math.trunc(milliseconds / 60_000);
  const seconds = trim(Math.abs(milliseconds - minutes * 60_000) / 1000, 1);
  return seconds === '0' ? `${minutes} min` : `${minutes} min ${seconds} s`;
}

export function formatSize(bytes: number): string {
  for (const unit of ['gb', 'mb', 'kb'])
    if (bytes >= sizes[unit]!) return `${trim(bytes / sizes[unit]!, 1)} ${unit.toUpperCase()}`;
  return `${bytes} B`;
}

export const formatPercent = (share: number): string => `${trim(share * 100, share > 0.99 && share < 1 ? 3 : 1)} %`;

export const formatCount = (n: number): string => trim(n, 2).replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, ' ');

/** "1 write", "3 writes". */
export const plural = (n: number, one: string, many = `${one}s`): string => `${formatCount(n)} ${n === 1 ? one : many}`;

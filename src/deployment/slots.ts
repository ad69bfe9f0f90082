/** Key → slot (Redis Cluster specification, "Key distribution model"): CRC16-XMODEM of the key or its hash tag, modulo 16384. */
import type { ShardInfo, SlotRange } from './types.js';

export const SLOTS = 16_384;
/** Of a deployment without slots: its primary has all of them, */
export const ALL_SLOTS: SlotRange = [0, SLOTS - 1];
/** and its one shard, too. */
export const ONE_SHARD: ShardInfo[] = [{ shard: 1, slots: [ALL_SLOTS] }];

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  // An empty tag, as in "a{}b", is no tag: the whole key is hashed.
  const hashed = close > open + 1 ? key.slice(open + 1, close) : key;
  let crc = 0;
  for (const byte of Buffer.from(hashed)) crc = ((crc << 8) & 0xffff) ^ table[((crc >> 8) ^ byte) & 0xff]!;
  return crc % SLOTS;
}

/** Contiguous ranges of near-equal size, as redis-cli --cluster create deals them. */
export function dealSlots(shards: number): ShardInfo[] {
  const cut = (i: number): number => Math.round((i * SLOTS) / shards);
  return Array.from({ length: shards }, (_, i) => ({ shard: i + 1, slots: [[cut(i), cut(i + 1) - 1]] }));
}

/**
 * The hash tag by which a shard is watched: probes, load and canaries all write to its slot, so that what happens to this
 * one slot is seen by all of them.
 */
export const watchedTag = ({ slots }: Pick<ShardInfo, 'slots'>): string => tagFor((slot) => inRanges(slot, slots));

export const inRanges = (slot: number, ranges: readonly SlotRange[]): boolean =>
  ranges.some(([first, last]) => slot >= first && slot <= last);

export const slotsIn = (ranges: readonly SlotRange[]): number[] =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));

export const countSlots = (ranges: readonly SlotRange[]): number =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);

/** How many slots two lists of ranges share. */
export function countShared(a: readonly SlotRange[], b: readonly SlotRange[]): number {
  let n = 0;
  for (const [a0, a1] of a) for (const [b0, b1] of b) n += Math.max(0, Math.min(a1, b1) - Math.max(a0, b0) + 1);
  return n;
}

export function firstShared(a: readonly SlotRange[], b: readonly SlotRange[]): number | undefined {
  const starts = a.flatMap(([a0, a1]) => b.flatMap(([b0, b1]) => (b0 <= a1 && a0 <= b1 ? [Math.max(a0, b0)] : [])));
  return starts.length > 0 ? Math.min(...starts) : undefined;
}

/** Is there a slot that stands in two of these ranges? */
export function isOverlapping(ranges: readonly SlotRange[]): boolean {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  return sorted.some(([first], i) => i > 0 && first <= sorted[i - 1]![1]);
}

/** Hash tags, one for each wanted slot predicate: the shortest numbers whose slot fits. */
export function tagFor(wanted: (slot: number) => boolean, from = 0): string {
  for (let n = from; n < from + 1_000_000; n++) {
    const tag = n.toString(36);
    if (wanted(slotOf(`{${tag}}`))) return tag;
  }
  throw new RangeError('no tag hashes to such a slot');
}

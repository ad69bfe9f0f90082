/** Who has which slots by one table: a node's own, or one put together from a recording. */
import type { NodeRole, SlotRange } from './types.js';

type Rows = Iterable<readonly [name: string, { role: NodeRole; slots: readonly SlotRange[] }]>;

interface Claim {
  first: number;
  last: number;
  name: string;
}

export interface Claims {
  /** In order of the slots; nobody but primaries owns any. */
  ranges: readonly Claim[];
  /** Are there slots with more than one owner by this table? No server says so; one that is put together may. */
  overlap: boolean;
  /** How many primaries have slots: `size` in cluster.c. */
  size: number;
}

export function claimsIn(rows: Rows): Claims {
  const owners = [...rows].filter(([, { role, slots }]) => role === 'primary' && slots.length > 0);
  const ranges = owners
    .flatMap(([name, { slots }]) => slots.map(([first, last]) => ({ first, last, name })))
    .sort((a, b) => a.first - b.first);
  return { ranges, overlap: ranges.some(({ first }, i) => i > 0 && first <= ranges[i - 1]!.last), size: owners.length };
}

/** Index of the last range that begins at this slot or before it; -1 where there is none. */
function rangeAt(ranges: readonly Claim[], slot: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.first <= slot) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Whom this table holds for the owner of the slot. */
export function ownerIn({ ranges, overlap }: Claims, slot: number): string | undefined {
  for (let i = rangeAt(ranges, slot); i >= 0; i--) {
    if (ranges[i]!.last >= slot) return ranges[i]!.name;
    if (!overlap) return undefined;
  }
  return undefined;
}

/**
 * Whom this table holds for the owner of a shard: who has most of its slots, so that one slot that moves away does not take its
 * shard along. Of equals the one that has the lowest of them, so that two nodes that know the same say the same.
 */
export function ownerOfMost({ ranges, overlap }: Claims, slots: readonly SlotRange[]): string | undefined {
  const counts = new Map<string, number>();
  for (const [first, last] of slots)
    for (
      let i = overlap ? 0 : Math.max(0, rangeAt(ranges, first));
      i < ranges.length && ranges[i]!.first <= last;
      i++
    ) {
      const { first: from, last: to, name } = ranges[i]!;
      const shared = Math.min(last, to) - Math.max(first, from) + 1;
      if (shared > 0) counts.set(name, (counts.get(name) ?? 0) + shared);
    }
  let [best, most]: [string | undefined, number] = [undefined, 0];
  for (const [name, count] of counts) if (count > most) [best, most] = [name, count];
  return best;
}

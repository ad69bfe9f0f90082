/**
 * What follows from one node's table alone, found out once for each table: a table is the same object as long as it holds, and
 * consensus is asked for a hundred times a second.
 */

import { traitsOf } from './kinds.js';
import { countShared, countSlots } from './slots.js';
import type { PeerView, ShardInfo, SlotRange } from './types.js';

type Peers = ReadonlyMap<string, PeerView>;

interface Facts {
  /** Its primaries' slots, in order: nobody else owns any. */
  ranges: { first: number; last: number; name: string }[];
  /** Who owns which slots, in which epoch, as one text to compare. */
  slotMap: string;
  /** How many primaries have slots by it: of so many a majority is more than half. */
  size: number;
  /** Slots that somebody owns by this table. */
  covered: number;
  /** Peers that are not well by it. */
  flagged: [string, PeerView['health']][];
  /** Peers that it looks for where they are not. */
  misplaced: [string, string][];
  owners: Map<readonly ShardInfo[], (string | undefined)[]>;
}

const known = new WeakMap<Peers, Facts>();

function factsOf(peers: Peers): Facts {
  let facts = known.get(peers);
  if (facts) return facts;
  const primaries = [...peers].filter(([, { role }]) => role === 'primary');
  facts = {
    ranges: primaries
      .flatMap(([name, { slots }]) => slots.map(([first, last]) => ({ first, last, name })))
      .sort((a, b) => a.first - b.first),
    slotMap: primaries
      .map(([name, { epoch, slots }]) => `${name}@${epoch}=${slots.map((r) => r.join('-')).join(',')}`)
      .sort()
      .join(';'),
    size: primaries.filter(([, { slots }]) => slots.length > 0).length,
    covered: primaries.reduce((sum, [, { slots }]) => sum + countSlots(slots), 0),
    flagged: [...peers].flatMap(([name, { health }]): [string, PeerView['health']][] =>
      health === 'ok' ? [] : [[name, health]],
    ),
    misplaced: [...peers].flatMap(([name, { misplaced }]): [string, string][] =>
      misplaced === undefined ? [] : [[name, misplaced]],
    ),
    owners: new Map(),
  };
  known.set(peers, facts);
  return facts;
}

export const slotMapIn = (peers: Peers): string => factsOf(peers).slotMap;
export const sizeIn = (peers: Peers): number => factsOf(peers).size;
export const coveredIn = (peers: Peers): number => factsOf(peers).covered;
export const misplacedIn = (peers: Peers): Facts['misplaced'] => factsOf(peers).misplaced;
export const flaggedIn = (peers: Peers): Facts['flagged'] => factsOf(peers).flagged;

/** The primary that has this slot. */
export function ownerIn(peers: Peers, slot: number): string | undefined {
  const { ranges } = factsOf(peers);
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.first <= slot) low = middle + 1;
    else high = middle;
  }
  // The last range that begins before it; where two overlap, one that begins earlier may hold it as well.
  for (let i = low - 1; i >= 0; i--) if (ranges[i]!.last >= slot) return ranges[i]!.name;
  return undefined;
}

/** For each shard the primary that has most of its slots: one that moved away does not take its shard along. */
export function ownersIn(peers: Peers, shards: readonly ShardInfo[]): readonly (string | undefined)[] {
  const { owners } = factsOf(peers);
  let found = owners.get(shards);
  if (!found) {
    found = shards.map(({ slots }) => ownerOfMost(peers, slots));
    owners.set(shards, found);
  }
  return found;
}

function ownerOfMost(peers: Peers, slots: readonly SlotRange[]): string | undefined {
  const first = ownerIn(peers, slots[0]![0]);
  const held = first === undefined ? 0 : countShared(peers.get(first)!.slots, slots);
  if (2 * held > countSlots(slots)) return first;
  let [best, most]: [string | undefined, number] = [undefined, 0];
  for (const [name, peer] of peers) {
    const shared = peer.role === 'primary' ? countShared(peer.slots, slots) : 0;
    if (shared > most) [best, most] = [name, shared];
  }
  return best;
}

/** What a node says of one that it holds for down, and what those who decide have agreed on. */
export const flagWord = (health: PeerView['health'], kind: string): string => {
  const { suspected, failed } = traitsOf(kind).flagWords;
  return { ok: 'ok', pfail: suspected, fail: failed }[health];
};

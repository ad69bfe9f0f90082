/**
 * What follows from one node's table alone, found out once for each table: a table is the same object as long as it holds, and
 * consensus is asked for a hundred times a second.
 */

import { type Claims, claimsIn, ownerIn, ownerOfMost } from './claims.js';
import { traitsOf } from './kinds.js';
import { countSlots } from './slots.js';
import type { PeerView, ShardInfo } from './types.js';

type Peers = ReadonlyMap<string, PeerView>;

interface Facts {
  claims: Claims;
  /** Who owns which slots, in which epoch, as one text to compare. */
  slotMap: string;
  /** Slots that somebody owns by this table. */
  covered: number;
  /** Peers that are not well by it. */
  flagged: [string, PeerView][];
  /** Peers that it looks for where they are not. */
  misplaced: [string, string][];
  owners: Map<readonly ShardInfo[], (string | undefined)[]>;
}

const known = new WeakMap<Peers, Facts>();

export function tableFacts(peers: Peers): Facts {
  let facts = known.get(peers);
  if (facts) return facts;
  const primaries = [...peers].filter(([, { role }]) => role === 'primary');
  facts = {
    claims: claimsIn(primaries),
    slotMap: primaries
      .map(([name, { epoch, slots }]) => `${name}@${epoch}=${slots.map((r) => r.join('-')).join(',')}`)
      .sort()
      .join(';'),
    covered: primaries.reduce((sum, [, { slots }]) => sum + countSlots(slots), 0),
    flagged: [...peers].filter(([, { health }]) => health !== 'ok'),
    misplaced: [...peers].flatMap(([name, { misplaced }]): [string, string][] =>
      misplaced === undefined ? [] : [[name, misplaced]],
    ),
    owners: new Map(),
  };
  known.set(peers, facts);
  return facts;
}

/** The primary that has this slot by the table. */
export const ownerByTable = (peers: Peers, slot: number): string | undefined => ownerIn(tableFacts(peers).claims, slot);

/** For each shard the primary that has it by the table. */
export function ownersByTable(peers: Peers, shards: readonly ShardInfo[]): readonly (string | undefined)[] {
  const { owners, claims } = tableFacts(peers);
  let found = owners.get(shards);
  if (!found) {
    found = shards.map(({ slots }) => ownerOfMost(claims, slots));
    owners.set(shards, found);
  }
  return found;
}

/** What a node says of one that it holds for down, and what those who decide have agreed on. */
export const flagWord = (health: PeerView['health'], kind: string): string => {
  const { suspected, failed } = traitsOf(kind).flagWords;
  return { ok: 'ok', pfail: suspected, fail: failed }[health];
};

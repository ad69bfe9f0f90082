/** Slots that were open, and slots that changed hands without their shard, by what the primaries said of themselves. */

import { type OpenSlot, parseOpen } from '../deployment/open-slots.js';
import type { Opinion, SlotRange } from '../deployment/types.js';
import type { Recording } from '../recording/recording.js';

export interface SlotMove {
  slot: number;
  node: string;
  what: 'migrating' | 'importing' | 'closed' | 'gained' | 'lost';
  /** The other side of an open slot. */
  peer?: string;
  /** It happened in (since, t]. */
  since: number;
  t: number;
}

/** In order of time. A failover moves no slot: there a node gets all of its slots at once, or loses them. */
export function slotMovesOf({ views, topology }: Recording): SlotMove[] {
  const nameOf = new Map(topology.nodes.map(({ id, name }) => [id, name]));
  const last = new Map<string, Opinion>();
  const out: SlotMove[] = [];
  for (const { node, since, t, opinions } of views) {
    const now = opinions.find(({ about }) => about === node);
    if (!now) continue;
    const before = last.get(node);
    last.set(node, now);
    const say = (what: SlotMove['what'], slot: number, peer?: string): void =>
      void out.push({ slot, node, what, since, t, ...(peer !== undefined && { peer }) });
    const [opened, old] = [openIn(now), openIn(before)];
    for (const [slot, { state, peer }] of opened)
      if (old.get(slot)?.state !== state) say(state, slot, nameOf.get(peer) ?? peer.slice(0, 8));
    for (const slot of old.keys()) if (!opened.has(slot)) say('closed', slot);
    if (!before || !led(before) || !led(now)) continue;
    for (const slot of without(now.slots, before.slots)) say('gained', slot);
    for (const slot of without(before.slots, now.slots)) say('lost', slot);
  }
  return out.sort((a, b) => a.t - b.t);
}

const led = ({ role, slots }: Opinion): boolean => role === 'primary' && slots.length > 0;

function openIn(opinion: Opinion | undefined): Map<number, OpenSlot> {
  // A replica on Valkey 8 shows what its primary does.
  if (opinion?.role !== 'primary') return new Map();
  return new Map((opinion.open ?? []).flatMap((text) => parseOpen(text) ?? []).map((open) => [open.slot, open]));
}

function without(ranges: readonly SlotRange[], others: readonly SlotRange[]): number[] {
  const left: number[] = [];
  for (const [first, last] of ranges) {
    if (others.some(([a, b]) => a === first && b === last)) continue;
    for (let slot = first; slot <= last; slot++) if (!others.some(([a, b]) => slot >= a && slot <= b)) left.push(slot);
  }
  return left;
}

/** The first thing that happened to the slot after this moment, or what left it open before. */
export function moveAfter(moves: readonly SlotMove[], slot: number, t: number): SlotMove | undefined {
  const open = new Map<string, SlotMove>();
  for (const move of moves) {
    if (move.slot !== slot) continue;
    if (move.t > t) return move;
    if (move.what === 'closed') open.delete(move.node);
    else if (move.peer !== undefined) open.set(move.node, move);
  }
  return [...open.values()][0];
}

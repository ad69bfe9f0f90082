/**
 * Servers that are started with a cluster and belong to nothing of it at first: empty ones (spares), and a cluster of their own
 * (strangers), which nobody looks at until the two meet.
 */
import { nodesConf, type Seat } from './config.js';
import { dealSlots } from './slots.js';
import type { BeginRole, NodeView, TopologySpec } from './types.js';

export const isOutsider = (role: BeginRole): boolean => role === 'spare' || role === 'stranger';

type Outside = Pick<TopologySpec, 'spares' | 'strangers'>;

export const outsidersIn = ({ spares = 0, strangers }: Outside): { name: string; role: BeginRole }[] => [
  ...Array.from({ length: spares }, (_, i) => ({ name: `spare-${i + 1}`, role: 'spare' as const })),
  ...Array.from({ length: strangers?.count ?? 0 }, (_, i) => ({
    name: `stranger-${i + 1}`,
    role: 'stranger' as const,
  })),
];

const none: ReadonlySet<string> = new Set();

/** Those who belong to nothing yet: whom no member lists, and who lists no member. Whoever has met one of them has met them all. */
export function outsideOf(views: ReadonlyMap<string, NodeView>, began: ReadonlySet<string>): ReadonlySet<string> {
  if (began.size === 0) return none;
  const outside = new Set(began);
  const joined = ({ node, peers }: NodeView): boolean => {
    const met = [...peers.keys()].filter((name) => views.has(name) && name !== node);
    if (outside.has(node)) return met.some((name) => !outside.has(name)) && outside.delete(node);
    return met.filter((name) => outside.delete(name)).length > 0;
  };
  while ([...views.values()].some(joined));
  return outside;
}

/** nodes.conf of one of them: alone, or among its own, each with its part of all slots. */
export function outsiderConf(seat: Seat, seats: readonly Seat[], { strangers }: Outside): string {
  const lone: Seat = { ...seat, role: 'primary' };
  if (seat.role === 'spare') return nodesConf([lone], [], lone);
  const own = seats.filter(({ role }) => role === 'stranger');
  const placed = own.map((one, i): Seat => ({ ...one, role: 'primary', shard: i + 1 }));
  return nodesConf(placed, dealSlots(own.length), placed[own.indexOf(seat)]!, strangers!.epoch - 1);
}

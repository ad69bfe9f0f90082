/**
 * Servers that are started with a cluster and belong to nothing of it at first: empty ones (spares), and a cluster of their own
 * (strangers), which nobody looks at until the two meet.
 */

import { dealSlots } from '../deployment/slots.js';
import type { BeginRole } from '../deployment/types.js';
import { nodesConf, type Seat } from './config.js';
import type { TopologySpec } from './types.js';

type Outside = Pick<TopologySpec, 'spares' | 'strangers'>;

export const outsidersIn = ({ spares = 0, strangers }: Outside): { name: string; role: BeginRole }[] => [
  ...Array.from({ length: spares }, (_, i) => ({ name: `spare-${i + 1}`, role: 'spare' as const })),
  ...Array.from({ length: strangers?.count ?? 0 }, (_, i) => ({
    name: `stranger-${i + 1}`,
    role: 'stranger' as const,
  })),
];

/** nodes.conf of one of them: alone, or among its own, each with its part of all slots. */
export function outsiderConf(seat: Seat, seats: readonly Seat[], { strangers }: Outside): string {
  const lone: Seat = { ...seat, role: 'primary' };
  if (seat.role === 'spare') return nodesConf([lone], [], lone);
  const own = seats.filter(({ role }) => role === 'stranger');
  const placed = own.map((one, i): Seat => ({ ...one, role: 'primary', shard: i + 1 }));
  return nodesConf(placed, dealSlots(own.length), placed[own.indexOf(seat)]!, strangers!.epoch - 1);
}

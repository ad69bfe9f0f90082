/** Who there is in a topology: the servers that `shards` and `replicas` make, then whoever else is of its kind. */
import type { Fleet } from '../fleet/types.js';
import { PORT, type Seat } from './config.js';
import { kindOf } from './kinds/index.js';
import { placesOf } from './layout.js';
import type { TopologySpec } from './types.js';
import { zoneOf } from './zones.js';

/** Containers of a topology. */
export const countNodes = (spec: TopologySpec): number => placesOf(spec).length + kindOf(spec).others(spec).length;

export function seatsOf(spec: TopologySpec, fleet: Pick<Fleet, 'address'>, ids: readonly string[]): Seat[] {
  const servers = placesOf(spec).map(({ shard }, i): Omit<Seat, 'id' | 'ip'> => {
    const seat = { name: `node-${i + 1}`, port: PORT, shard, zone: zoneOf(spec, i) };
    if (i < spec.shards) return { ...seat, role: 'primary' };
    const primary = { id: ids[shard - 1]!, ip: fleet.address(shard - 1), name: `node-${shard}` };
    return { ...seat, role: 'replica', primary };
  });
  return [...servers, ...kindOf(spec).others(spec)].map((seat, i) => ({ ...seat, id: ids[i]!, ip: fleet.address(i) }));
}

/** What a topology takes of its fleet, each by the words of the scenario file that ask for it. */
import type { Ability } from '../fleet/types.js';
import { needsDisk } from './persistence.js';
import type { TopologySpec, ZoneLink } from './types.js';

export function needsOfTopology(spec: TopologySpec): [ability: Ability, by: string][] {
  const { kind, disk, memory, cpus, zones: { links = [], clients } = {} } = spec;
  const asked: [boolean, Ability, string][] = [
    // Configuration files name the other nodes: they are written before any of these exists, and hold for the whole drill.
    [true, 'addresses-ahead', kind],
    [true, 'lasting-addresses', kind],
    [needsDisk(spec), 'disks', disk === undefined ? 'topology.persistence' : 'topology.disk'],
    [memory !== undefined, 'limit-memory', 'topology.memory'],
    [cpus !== undefined, 'limit-cpu', 'topology.cpus'],
    [links.some(impairs), 'shape', 'topology.zones.links'],
    [links.some(({ suffers }) => suffers.rate !== undefined), 'throttle', 'topology.zones.links'],
    [clients !== undefined, 'watch-apart', 'topology.zones.clients'],
  ];
  return asked.flatMap(([is, ability, by]) => (is ? [[ability, by]] : []));
}

const impairs = ({ suffers: { rate: _, ...packets } }: ZoneLink): boolean =>
  Object.values(packets).some((value) => value !== undefined);

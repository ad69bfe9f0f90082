/** Zones are failure domains: racks, regions, clouds. Who stands in which, by the scenario's word or dealt by a rule. */
import { placesOf } from './layout.js';
import type { TopologySpec } from './types.js';

/** What decides where nodes stand. */
export type Laid = Pick<TopologySpec, 'shards' | 'replicas' | 'perShard' | 'zones'>;

/**
 * The zone of node-(index + 1); undefined where the topology has none. Dealt like cards, so that no zone has two nodes
 * more than another, or two primaries more. Where a further round would deal a replica to the zone of a shard's earlier
 * node, it begins one zone later: a lost zone costs a shard one node only (as long as there are zones enough), and of
 * three zones none holds a majority of the primaries.
 *
 *     3 shards, 1 replica, zones a b c     a: primary 1, replica 3   b: primary 2, replica 1   c: primary 3, replica 2
 */
export function zoneOf(spec: Laid, index: number): string | undefined {
  const { shards, zones } = spec;
  if (!zones) return undefined;
  const { names, nodes = {} } = zones;
  const placed = Object.entries(nodes).find(([, members]) => members.includes(nodeName(index)));
  if (placed) return placed[0];
  const rounds = names.length / divisor(shards, names.length);
  const { shard, round } = placesOf(spec)[index]!;
  return names[(round * shards + shard - 1 + Math.floor(round / rounds)) % names.length];
}

/** Greatest common divisor: after as many rounds as it takes to deal whole zones the cards would fall where they fell first. */
const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/**
 * Where the scenario places it; else sentinels are dealt by themselves, one zone after the other: losing one zone of three
 * leaves them a majority.
 */
export function zoneOfSentinel({ zones }: Pick<Laid, 'zones'>, index: number): string | undefined {
  const name = `sentinel-${index + 1}`;
  const placed = Object.entries(zones?.nodes ?? {}).find(([, members]) => members.includes(name));
  return placed?.[0] ?? zones?.names[index % zones.names.length];
}

export const sentinelsOf = ({ sentinels }: Pick<TopologySpec, 'sentinels'>): string[] =>
  Array.from({ length: sentinels?.count ?? 0 }, (_, i) => `sentinel-${i + 1}`);

const nodeName = (index: number): string => `node-${index + 1}`;

export const nodesOf = (spec: Laid): string[] => placesOf(spec).map((_, i) => nodeName(i));

/** Zone → its nodes, then its sentinels, in the scenario's order. */
export function membersOf(spec: Laid & Pick<TopologySpec, 'sentinels'>): Map<string, string[]> {
  const members = new Map((spec.zones?.names ?? []).map((name): [string, string[]] => [name, []]));
  for (const [i, node] of nodesOf(spec).entries()) members.get(zoneOf(spec, i) ?? '')?.push(node);
  for (const [i, sentinel] of sentinelsOf(spec).entries()) members.get(zoneOfSentinel(spec, i) ?? '')?.push(sentinel);
  return members;
}

/** How many primaries each zone begins with. */
export function primariesIn(spec: Laid, zone: string): number {
  return Array.from({ length: spec.shards }, (_, i) => zoneOf(spec, i)).filter((name) => name === zone).length;
}

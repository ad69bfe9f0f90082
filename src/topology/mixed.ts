/** Several servers in one topology: which node begins on which image, and who can be whose replica. */

import { roles } from '../deployment/roles.js';
import type { Server } from '../deployment/types.js';
import { atLeast } from '../deployment/versions.js';
import { outsidersIn } from './outsiders.js';
import { namesOf, type Placed } from './settings.js';
import type { TopologySpec } from './types.js';
import { type Laid, nodesOf, zoneOf } from './zones.js';

/** What `topology.images` may name; the node itself comes before its zone, its zone before its role. */
export const imageFor = ({ image, images = {} }: Pick<TopologySpec, 'image' | 'images'>, node: Placed): string =>
  namesOf(node)
    .map((name) => images[name])
    .find((one) => one !== undefined) ?? image;

/** Every image that a topology begins with, the common one first. */
export const imagesOf = ({ image, images = {} }: Pick<TopologySpec, 'image' | 'images'>): string[] => [
  ...new Set([image, ...Object.values(images)]),
];

/** What is wrong with one of the names in `topology.images` or `topology.configs`. */
export function unknownGroup(spec: TopologySpec, name: string): string | undefined {
  const nodes = nodesOf(spec);
  const optional: Record<string, unknown> = { sentinel: spec.sentinels, spare: spec.spares, stranger: spec.strangers };
  const known = [
    ...Object.entries(roles).flatMap(([role, { group }]) => (role in optional && !optional[role] ? [] : [group])),
    ...(spec.zones?.names ?? []).map((zone) => `zone ${zone}`),
  ];
  const sentinels = Array.from({ length: spec.sentinels?.count ?? 0 }, (_, i) => `sentinel-${i + 1}`);
  const outsiders = outsidersIn(spec).map((one) => one.name);
  if ([...known, ...nodes, ...sentinels, ...outsiders].includes(name)) return undefined;
  return `"${name}" names no node of this topology: write ${known.join(', ')}, or one of ${nodes[0]} to ${nodes.at(-1)}`;
}

/**
 * The RDB format in which a primary sends its data, by experiment: Valkey 9 writes 80, but to a replica that does not
 * know it what Valkey 8 wrote, as long as nothing in the data needs more.
 */
function writes(server: Server): number {
  if (server.product === 'valkey') return 11;
  return atLeast(server, 7, 4) ? 12 : atLeast(server, 7, 2) ? 11 : atLeast(server, 7, 0) ? 10 : 9;
}

const reads = (server: Server): number => (server.product === 'valkey' ? 11 : writes(server));

/** Why the one can't be a replica of the other; undefined where it can. */
export function cannotFollow(replica: Server, primary: Server): string | undefined {
  const sent = writes(primary);
  return sent <= reads(replica)
    ? undefined
    : `${nameOf(replica)} can't be a replica of ${nameOf(primary)}: it can't handle RDB format version ${sent}`;
}

export const nameOf = ({ product, version }: Server): string => `${product} ${version}`;

/** The servers as they begin. */
export const serversOf = (spec: Laid): Placed[] =>
  nodesOf(spec).map((name, i) => ({ name, role: i < spec.shards ? 'primary' : 'replica', zone: zoneOf(spec, i) }));

/** Who begins as whose replica. */
function pairs(spec: TopologySpec): [replica: Placed, primary: Placed][] {
  const nodes = serversOf(spec);
  return nodes.slice(spec.shards).map((node, i) => [node, nodes[i % spec.shards]!]);
}

/** Those who stand for election. */
export const imagesOfReplicas = (spec: TopologySpec): string[] =>
  spec.images ? [...new Set(pairs(spec).map(([replica]) => imageFor(spec, replica)))] : [spec.image];

/** What keeps this topology from forming. `serverOf`: what is known of an image. */
export function mismatch(spec: TopologySpec, serverOf: (image: string) => Server | undefined): string | undefined {
  for (const [replica, primary] of spec.images ? pairs(spec) : []) {
    const [theirs, ours] = [replica, primary].map((node) => serverOf(imageFor(spec, node)));
    const reason = theirs && ours && cannotFollow(theirs, ours);
    if (reason) return `${replica.name} can't follow ${primary.name}: ${reason}`;
  }
  return undefined;
}

/** What a failover makes impossible: the old primary behind the new one. */
export function noWayBack(spec: TopologySpec, serverOf: (image: string) => Server | undefined): string | undefined {
  for (const [replica, primary] of spec.images ? pairs(spec) : []) {
    const [theirs, ours] = [replica, primary].map((node) => serverOf(imageFor(spec, node)));
    const reason = theirs && ours && cannotFollow(ours, theirs);
    if (reason) return `after a failover there is no way back: ${reason}`;
  }
  return undefined;
}

/** `topology.zones`: its shape, and what must fit together in it. */
import { z } from 'zod';
import type { TopologySpec, ZonesSpec } from '../topology/types.js';
import { membersOf, nodesOf } from '../topology/zones.js';
import type { Complaint } from './problems.js';

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a zone is lower case words joined by "-", such as eu-west');

const names = z
  .array(name)
  .min(2)
  .max(20)
  .refine((list) => new Set(list).size === list.length, 'every zone is named once')
  .describe('Racks, regions or clouds.');

const placement = z
  .record(z.string(), z.array(z.string()).min(1))
  .describe('Zone: list of its nodes. Without it nodes are dealt so that a shard loses one node with a zone.');

const long = z.strictObject({ names, nodes: placement.optional() }).superRefine(({ names, nodes = {} }, ctx) => {
  for (const zone of Object.keys(nodes))
    if (!names.includes(zone)) ctx.addIssue({ code: 'custom', path: ['nodes', zone], message: unknown(zone, names) });
});

const unknown = (zone: string, known: readonly string[]): string =>
  `there is no zone ${zone}: the topology has ${known.join(', ')}`;

export const zones = z
  .union([names.transform((list) => ({ names: list })), long], {
    error: (issue) =>
      issue.input === undefined || typeof issue.input === 'object'
        ? undefined
        : 'zones are a list of names such as [eu, us, ap], or { names: [eu, us, ap], nodes: … }',
  })
  .transform(({ nodes, ...rest }: z.output<typeof long>): ZonesSpec => ({ ...rest, ...(nodes && { nodes }) }))
  .meta({
    description: 'Failure domains that the nodes are spread over: a list of names, or a map with more.',
    examples: [['eu', 'us', 'ap']],
  });

/** Whoever places nodes himself places each of them, once: what is left over would stand nowhere. */
export function checkPlacement(topology: TopologySpec): Complaint[] {
  const { zones } = topology;
  if (!zones?.nodes) return [];
  const known = nodesOf(topology);
  const placed = Object.entries(zones.nodes).flatMap(([zone, nodes]) =>
    nodes.map((node, i) => ({ node, path: ['topology', 'zones', 'nodes', zone, i] })),
  );
  const complaints = placed.flatMap(({ node, path }, i): Complaint[] => {
    if (!known.includes(node))
      return [{ path, message: `there is no ${node}: the topology has node-1 to node-${known.length}` }];
    return placed.slice(0, i).some((other) => other.node === node)
      ? [{ path, message: `${node} stands in a zone already` }]
      : [];
  });
  const left = known.filter((node) => !placed.some((one) => one.node === node));
  const message = `${left.join(', ')} ${left.length === 1 ? 'stands' : 'stand'} in no zone: place every node, or none`;
  return left.length > 0 ? [...complaints, { path: ['topology', 'zones', 'nodes'], message }] : complaints;
}

/** "zones eu (node-1, node-5), us (node-2, node-6)" */
export const zonesText = (topology: TopologySpec): string =>
  [...membersOf(topology)].map(([zone, nodes]) => `${zone} (${nodes.join(', ')})`).join(', ');

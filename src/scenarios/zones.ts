/** `topology.zones`: its shape, and what must fit together in it. */
import { z } from 'zod';
import { bandwidth, duration, percent } from '../core/fields.js';
import { describeLink } from '../topology/links.js';
import type { TopologySpec, ZoneLink, ZonesSpec } from '../topology/types.js';
import { membersOf, nodesOf, sentinelsOf } from '../topology/zones.js';
import type { Complaint } from './problems.js';

const name = z
  .string()
  .max(40)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a zone is lower case words joined by "-", such as eu-west');

const names = z
  .array(name)
  .min(2)
  .max(20)
  .refine((list) => new Set(list).size === list.length, 'every zone is named once')
  .describe('Racks, regions or clouds.');

const placement = z
  .record(z.string(), z.array(z.string()).min(1))
  .describe(
    'Zone: list of its nodes, and of its sentinels. Without it nodes are dealt so that a shard loses one node with a zone, and sentinels one after the other.',
  );

const link = z
  .strictObject({
    between: z
      .tuple([z.string(), z.string()])
      .optional()
      .describe('The two zones. Without it: every link that no other entry names.'),
    latency: duration('How long a packet takes from one to the other; a round trip takes twice that.').optional(),
    jitter: duration('Standard deviation of the latency.').optional(),
    loss: percent('How many packets are lost in each direction.').optional(),
    bandwidth: bandwidth('What each node can send to the other zone.').optional(),
  })
  .refine(({ between, ...suffers }) => Object.values(suffers).some((value) => value !== undefined && value > 0), {
    message: 'a link has a latency, a jitter, a loss or a bandwidth',
  })
  .refine(({ loss = 0 }) => loss < 1, {
    message: 'a link that loses everything is none: cut it with the fault "split"',
    path: ['loss'],
  })
  .transform(
    ({ between, latency, jitter, loss, bandwidth }): ZoneLink => ({
      ...(between && { between }),
      suffers: {
        ...(latency !== undefined && { delay: latency }),
        ...(jitter !== undefined && { jitter, distribution: 'normal' as const }),
        ...(loss !== undefined && { loss }),
        ...(bandwidth !== undefined && { rate: bandwidth }),
      },
    }),
  );

const long = z
  .strictObject({
    names,
    nodes: placement.optional(),
    clients: z
      .string()
      .optional()
      .describe("Zone of the load's clients: their packets suffer what the links to other zones do. Default: none."),
    links: z.array(link).optional().describe('The ways between zones, for the whole drill.'),
  })
  .superRefine(({ names, nodes = {}, clients, links = [] }, ctx) => {
    const mentioned = [
      ...Object.keys(nodes).map((zone) => ({ zone, path: ['nodes', zone] })),
      ...(clients === undefined ? [] : [{ zone: clients, path: ['clients'] }]),
      ...links.flatMap(({ between = [] }, i) => between.map((zone, j) => ({ zone, path: ['links', i, 'between', j] }))),
    ];
    for (const { zone, path } of mentioned)
      if (!names.includes(zone)) ctx.addIssue({ code: 'custom', path, message: unknown(zone, names) });
    for (const [i, { between }] of links.entries()) {
      const message = linkProblem(between, links.slice(0, i));
      if (message) ctx.addIssue({ code: 'custom', path: ['links', i, ...(between ? ['between'] : [])], message });
    }
    if (clients !== undefined && links.length === 0)
      ctx.addIssue({
        code: 'custom',
        path: ['clients'],
        message: 'without links it makes no difference where clients are',
      });
  });

function linkProblem(between: ZoneLink['between'], earlier: readonly ZoneLink[]): string | undefined {
  if (between && between[0] === between[1]) return 'a link is between two zones';
  const same = (other: ZoneLink['between']): boolean =>
    between ? between.every((zone) => other?.includes(zone)) : other === undefined;
  return earlier.some((link) => same(link.between)) ? 'this link has an entry already' : undefined;
}

const unknown = (zone: string, known: readonly string[]): string =>
  `there is no zone ${zone}: the topology has ${known.join(', ')}`;

export const zones = z
  .union([names.transform((list) => ({ names: list })), long], {
    error: (issue) =>
      issue.input === undefined || typeof issue.input === 'object'
        ? undefined
        : 'zones are a list of names such as [eu, us, ap], or { names: [eu, us, ap], links: … }',
  })
  .transform(
    ({ names, nodes, clients, links }: z.output<typeof long>): ZonesSpec => ({
      names,
      ...(nodes && { nodes }),
      ...(clients !== undefined && { clients }),
      ...(links && { links }),
    }),
  )
  .meta({
    description: 'Failure domains that the nodes are spread over: a list of names, or a map with more.',
    examples: [['eu', 'us', 'ap']],
  });

/**
 * Whoever places nodes himself places each of them, once: what is left over would stand nowhere. Sentinels that nobody places
 * are dealt; of those, too, all or none.
 */
export function checkPlacement(topology: TopologySpec): Complaint[] {
  const { zones } = topology;
  if (!zones?.nodes) return [];
  const [nodes, sentinels] = [nodesOf(topology), sentinelsOf(topology)];
  const placed = Object.entries(zones.nodes).flatMap(([zone, members]) =>
    members.map((node, i) => ({ node, path: ['topology', 'zones', 'nodes', zone, i] })),
  );
  const some = sentinels.length > 0 ? ` and sentinel-1 to sentinel-${sentinels.length}` : '';
  const complaints = placed.flatMap(({ node, path }, i): Complaint[] => {
    if (![...nodes, ...sentinels].includes(node))
      return [{ path, message: `there is no ${node}: the topology has node-1 to node-${nodes.length}${some}` }];
    return placed.slice(0, i).some((other) => other.node === node)
      ? [{ path, message: `${node} stands in a zone already` }]
      : [];
  });
  const isLeft = (name: string): boolean => !placed.some(({ node }) => node === name);
  const left = [...nodes.filter(isLeft), ...(sentinels.every(isLeft) ? [] : sentinels.filter(isLeft))];
  const message = `${left.join(', ')} ${left.length === 1 ? 'stands' : 'stand'} in no zone: place every node, or none`;
  return left.length > 0 ? [...complaints, { path: ['topology', 'zones', 'nodes'], message }] : complaints;
}

/** "in the zones eu (node-1, node-5), us (node-2, node-6)", then a line for the links. */
export function zonesLines(topology: TopologySpec): string[] {
  const { zones } = topology;
  if (!zones) return [];
  const members = [...membersOf(topology)].map(([zone, nodes]) => `${zone} (${nodes.join(', ')})`);
  const { links = [], clients } = zones;
  return [
    `in the zones ${members.join(', ')}${clients === undefined ? '' : `; clients in ${clients}`}`,
    ...(links.length > 0 ? [`links ${links.map(describeLink).join('; ')}`] : []),
  ];
}

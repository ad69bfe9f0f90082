import { z } from 'zod';
import { until } from '../core/until.js';
import { traitsOf } from '../deployment/kinds.js';
import { attach } from '../server/attach.js';
import { linesOf, speaksOf } from '../server/membership.js';
import { ownerNow } from '../server/owners.js';
import type { Endpoint } from '../server/types.js';
import { inSync } from './come-back.js';
import { shardField, targetField, timeoutField } from './fields.js';
import { defineProcedure, type ProcedureContext } from './types.js';

/** A node that everybody knows and that leads nothing is worth nothing yet: it is a replica, or slots are moved to it. */
export const addNode = defineProcedure({
  summary:
    'let spare nodes into the cluster: each meets a member, is waited for until everybody knows it, and becomes a replica, or a primary without slots that migrate-slots can fill',
  handbook: ['5.1.3', '5.7'],
  params: z.strictObject({
    target: targetField.default('spares').describe('which nodes'),
    replica_of_shard: shardField.optional().describe('whose replica they become; default: primaries without slots'),
    timeout: timeoutField('time for a node to be known by all, and to be in sync').prefault('30s'),
  }),
  refuses: ({ replica_of_shard: shard }, { kind, shards, spares = 0 }) => {
    if (!traitsOf(kind).hasSlots) return { param: 'procedure', why: 'spare nodes are those of a cluster' };
    if (spares === 0) return { param: 'procedure', why: 'there is no spare node; write topology.spares' };
    return shard !== undefined && shard > shards
      ? { param: 'replica_of_shard', why: `there is no shard ${shard}: the topology has ${shards} (1 to ${shards})` }
      : undefined;
  },
  steps: async (ctx, { target, replica_of_shard: shard, timeout }) => {
    for (const node of await ctx.resolve(target)) {
      const member = knownMember(ctx, node);
      const { host, port } = node.announced;
      const command = ['CLUSTER', 'MEET', host, String(port)];
      await ctx.step(`Let ${member.name} meet ${node.name}`, { node: member.name, command: command.join(' ') }, () =>
        member.call(command),
      );
      await ctx.step(
        `Wait until everybody knows ${node.name}, and it everybody`,
        { node: node.name, command: 'CLUSTER NODES' },
        () => introduced(ctx, node, timeout),
      );
      if (shard === undefined) continue;
      const leader = ctx.deployment.node(ownerNow(shard, ctx.view(), ctx.deployment));
      await ctx.step(
        `Make ${node.name} a replica of ${leader.name}`,
        { node: node.name, command: `CLUSTER REPLICATE ${leader.id}` },
        () => attach(node, leader, ctx.deployment, timeout),
      );
      await ctx.step(`Wait until ${node.name} is in sync`, { node: node.name, command: 'INFO replication' }, () =>
        inSync(node, timeout, ctx),
      );
    }
  },
  verify: async (ctx, { target, timeout }) => {
    for (const node of await ctx.resolve(target)) await introduced(ctx, node, timeout);
  },
});

function knownMember(ctx: ProcedureContext, node: Endpoint): Endpoint {
  const { nodes } = ctx.view();
  if (nodes.has(node.name)) throw new Error(`${node.name} belongs to the cluster already`);
  const member = ctx.deployment.nodes.find(({ name }) => nodes.get(name)?.reachable);
  if (!member) throw new Error('no member of the cluster answers');
  return member;
}

/** Every member that answers lists it, linked, and it lists all of them. */
async function introduced(ctx: ProcedureContext, node: Endpoint, within: number): Promise<string> {
  await until(
    async () => {
      const members = ctx.deployment.nodes.filter(
        (other) => other !== node && ctx.view().nodes.get(other.name)?.reachable,
      );
      const own = await linesOf(node);
      const told = await Promise.all(
        members.map(async (member) => {
          const knows = (await linesOf(member)).some((line) => speaksOf(line, node, node.id) && line.linked);
          return knows && own.some((line) => speaksOf(line, member, member.id) && line.linked) ? [] : [member.name];
        }),
      );
      return { members, strangers: told.flat() };
    },
    ({ members, strangers }) => members.length > 0 && strangers.length === 0,
    {
      describe: `${node.name} and the members know each other`,
      within,
      every: 50,
      signal: ctx.signal,
      show: ({ strangers }) => `not with ${strangers.join(', ')}`,
    },
  );
  return 'known by all';
}

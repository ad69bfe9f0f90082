/** Moves a shard to its best replica. How that is said to the servers differs by kind of topology; what is decided first does not. */
import { z } from 'zod';
import type { ClusterView } from '../../deployment/types.js';
import { ownerNow } from '../../server/owners.js';
import type { Deployment } from '../../server/types.js';
import { replicasAtFirst } from '../../topology/layout.js';
import { shardField, timeoutField } from '../fields.js';
import { nothingWrong } from '../nothing-wrong.js';
import { defineProcedure, type ProcedureContext } from '../types.js';
import { type Variants, wayOn } from '../variants.js';
import { choose } from './choose.js';
import { inCluster } from './cluster.js';
import { byHand } from './replication.js';
import { bySentinel } from './sentinel.js';
import { modes, type Promotion } from './types.js';

const variants: Variants<Promotion> = {
  cluster: inCluster,
  sentinel: bySentinel,
  replication: byHand,
};

export const failover = defineProcedure({
  summary: 'make the best replica of a shard its primary: graceful, FORCE or TAKEOVER by what is reachable',
  handbook: ['5.1.1', '5.1.2'],
  params: z.strictObject({
    shard: shardField
      .optional()
      .describe('which shard; default: the shards of the nodes that the faults hit, else shard 1'),
    mode: z.enum(modes).default('auto').describe('auto picks by what is reachable'),
    timeout: timeoutField('time for the replica to become primary').prefault('15s'),
  }),
  variants,
  forcesFailover: true,
  restoresService: true,
  refuses: ({ shard }, topology) => {
    const { shards, replicas } = topology;
    if (shard !== undefined && shard > shards)
      return { param: 'shard', why: `there is no shard ${shard}: the topology has ${shards} (1 to ${shards})` };
    if (replicas === 0)
      return { param: 'procedure', why: 'there is no replica to promote: the topology has replicas: 0' };
    return shard !== undefined && replicasAtFirst(topology, shard) === 0
      ? { param: 'shard', why: `shard ${shard} has no replica to promote` }
      : undefined;
  },
  steps: async (ctx, { shard, mode, timeout }) => {
    const { decide, promote } = wayOn(variants, ctx.deployment.kind);
    for (const number of shardsOf(ctx, shard)) {
      const { choice, primary } = await choose(ctx, number);
      const how = await ctx.step('Decide how', {}, () => decide(ctx, mode, primary));
      await promote(ctx, { replica: ctx.deployment.node(choice.best.name), primary, shard: number, how, timeout });
    }
  },
  verify: async (ctx, { shard, timeout }) => {
    const shards = shardsOf(ctx, shard);
    await nothingWrong(ctx, 'every shard that was to fail over has a working primary', timeout, async () =>
      leaderless(shards, await ctx.deployment.look(), ctx.deployment),
    );
  },
});

const leaderless = (shards: readonly number[], view: ClusterView, deployment: Deployment): string[] =>
  shards.flatMap((shard) => {
    const leader = ownerNow(shard, view, deployment);
    const seen = view.nodes.get(leader);
    if (seen?.role !== 'primary') return [`shard ${shard}: ${leader} is ${seen?.role ?? 'unknown'}`];
    return view.failed.has(leader) ? [`shard ${shard}: ${leader} is held for failed`] : [];
  });

const shardsOf = (ctx: ProcedureContext, shard: number | undefined): number[] => {
  if (shard !== undefined) return [shard];
  const hit = ctx.faulted.map((name) => ctx.deployment.node(name).initial.shard);
  return hit.length > 0 ? [...new Set(hit)] : [1];
};

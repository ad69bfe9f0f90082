import { z } from 'zod';
import { duration } from '../core/fields.js';
import { until } from '../core/until.js';
import { nodeTimeout } from '../topology/config.js';
import { ownerNow, replicasNow } from '../topology/targets.js';
import type { RedisNode } from '../topology/types.js';
import { bestReplica, type Choice } from './best-replica.js';
import { defineProcedure, type ProcedureContext } from './types.js';

const modes = ['auto', 'graceful', 'force', 'takeover'] as const;
type Mode = Exclude<(typeof modes)[number], 'auto'>;
const command: Record<Mode, string[]> = {
  graceful: ['CLUSTER', 'FAILOVER'],
  force: ['CLUSTER', 'FAILOVER', 'FORCE'],
  takeover: ['CLUSTER', 'FAILOVER', 'TAKEOVER'],
};

/**
 * CLUSTER FAILOVER is sent to the replica that is to lead. Graceful while the primary answers; FORCE when it is down and a
 * majority can vote; TAKEOVER when there is no majority. An OK only means "started", so the outcome is waited for.
 */
export const failover = defineProcedure({
  summary: 'make the best replica of a shard its primary: graceful, FORCE or TAKEOVER by what is reachable',
  handbook: ['5.1.1', '5.1.2'],
  params: z.strictObject({
    shard: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('which shard; default: the shards of the nodes that the faults hit, else shard 1'),
    mode: z.enum(modes).default('auto').describe('auto picks by what is reachable'),
    timeout: duration('time for the replica to become primary').prefault('15s'),
  }),
  forcesFailover: true,
  restoresService: true,
  refuses: ({ shard }, { shards, replicas }) =>
    shard !== undefined && shard > shards
      ? { param: 'shard', why: `there is no shard ${shard}: the topology has ${shards} (1 to ${shards})` }
      : replicas === 0
        ? { param: 'procedure', why: 'there is no replica to promote: the topology has replicas: 0' }
        : undefined,
  steps: async (ctx, { shard, mode, timeout }) => {
    for (const number of shardsOf(ctx, shard)) {
      const { choice, primary } = await choose(ctx, number);
      const chosen = await ctx.step('Decide how', {}, async () => decide(ctx, mode, primary));
      await promote(ctx, ctx.topology.node(choice.best.name), chosen, number, timeout);
    }
  },
  verify: async (ctx, { shard }) => {
    const view = await ctx.topology.look();
    for (const number of shardsOf(ctx, shard)) {
      const leader = ownerNow(number, view, ctx.topology);
      const seen = view.nodes.get(leader);
      if (seen?.role !== 'primary' || view.failed.has(leader))
        throw new Error(`shard ${number} has no working primary: ${leader} is ${seen?.role ?? 'unknown'}`);
    }
  },
});

const shardsOf = (ctx: ProcedureContext, shard: number | undefined): number[] => {
  if (shard !== undefined) return [shard];
  const hit = ctx.faulted.map((name) => ctx.topology.node(name).initial.shard);
  return hit.length > 0 ? [...new Set(hit)] : [1];
};

async function choose(ctx: ProcedureContext, shard: number): Promise<{ choice: Choice; primary: string }> {
  const view = ctx.view();
  const primary = ownerNow(shard, view, ctx.topology);
  const choice = await ctx.step(`Compare the replicas of ${primary}`, { command: 'INFO replication' }, async () => {
    const candidates = replicasNow(shard, view, ctx.topology).map((name) => {
      const seen = view.nodes.get(name)!;
      return {
        name,
        reachable: seen.reachable,
        replid: seen.replid,
        offset: seen.offset,
        linkDownFor: seen.linkDownFor,
        priority: seen.priority,
        loading: seen.role === 'loading',
      };
    });
    const seen = view.nodes.get(primary);
    return bestReplica(candidates, seen?.reachable && seen.role === 'primary' ? seen : undefined);
  });
  ctx.note({
    title: `Chosen: ${choice.best.name} at offset ${choice.best.offset}`,
    node: choice.best.name,
    output: [
      choice.behind === undefined
        ? 'the primary does not answer: what its replicas have not received is lost'
        : `${choice.behind} bytes behind the primary`,
      ...choice.rejected,
    ].join('\n'),
  });
  return { choice, primary };
}

/** @throws Error when the mode asked for can't work: better than an OK that leads nowhere. */
function decide(ctx: ProcedureContext, mode: (typeof modes)[number], primary: string): Mode {
  const view = ctx.view();
  const up = view.nodes.get(primary);
  const alive = up?.reachable === true && up.role === 'primary' && !view.failed.has(primary);
  const voters = ctx.topology.shards.filter(
    ({ shard }) => view.nodes.get(ownerNow(shard, view, ctx.topology))?.reachable,
  ).length;
  const majority = voters > ctx.topology.shards.length / 2;
  if (mode === 'auto') return alive ? 'graceful' : majority ? 'force' : 'takeover';
  if (mode === 'graceful' && !alive)
    throw new Error(`a graceful failover needs ${primary} to answer; use force, or takeover without a majority`);
  if (mode === 'force' && !majority)
    throw new Error(
      `FORCE needs the votes of a majority of primaries, ${voters} of ${ctx.topology.shards.length} answer; use takeover`,
    );
  return mode;
}

async function promote(
  ctx: ProcedureContext,
  replica: RedisNode,
  mode: Mode,
  shard: number,
  timeout: number,
): Promise<void> {
  const words = command[mode];
  await ctx.step(`Promote ${replica.name}`, { node: replica.name, command: words.join(' ') }, async () => {
    const before = ctx.view().nodes.get(replica.name)?.currentEpoch ?? 0;
    // A graceful one gives up after 5 s, FORCE can lose its vote for 2 × node-timeout: ask again rather than give up.
    const patience = Math.max(6000, 2 * nodeTimeout(ctx.topology.spec) + 1000);
    const deadline = ctx.clock.now() + timeout;
    for (;;) {
      const reply = String(await replica.call(words));
      try {
        const seen = await until(
          () => ctx.view(),
          (view) =>
            view.nodes.get(replica.name)?.role === 'primary' &&
            (mode === 'takeover' || view.owners.get(shard) === replica.name),
          {
            describe: `${replica.name} becomes primary`,
            within: Math.max(1, Math.min(patience, deadline - ctx.clock.now())),
            every: 10,
            signal: ctx.signal,
            show: (view) => view.nodes.get(replica.name)?.role ?? 'gone',
          },
        );
        return `${reply}; primary since epoch ${seen.nodes.get(replica.name)!.currentEpoch} (was ${before})`;
      } catch (error) {
        if (ctx.signal.aborted || ctx.clock.now() >= deadline) throw error;
      }
    }
  });
}

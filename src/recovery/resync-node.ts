import { z } from 'zod';
import { until } from '../core/until.js';
import { traitsOf } from '../deployment/kinds.js';
import { infoOf } from '../server/info.js';
import { ownerNow, replicasNow } from '../server/owners.js';
import { bringUp } from '../topology/bring-up.js';
import { dataFiles } from '../topology/data-files.js';
import { DATA, keeps } from '../topology/persistence.js';
import { placeOf } from '../topology/settings.js';
import type { ManagedNode } from '../topology/types.js';
import { targetField, timeoutField } from './fields.js';
import { chosen, follow, followFromTheStart, inSync, restartNode } from './restart-node.js';
import { defineProcedure, type ProcedureContext } from './types.js';

/**
 * Files that can't be read, or can't be trusted, are not repaired where another node holds the data: they are thrown away.
 * nodes.conf is not among them: without it the node would be a stranger. Refused where the node leads: it would come back
 * empty, lead on, and its replicas would follow it.
 */
export const resyncNode = defineProcedure({
  summary: 'throw away the data of nodes whose shard another node leads, keep nodes.conf, and let them copy it anew',
  handbook: ['2.1.3', '5.2', '5.4'],
  needs: ['signal', 'restart', 'disks'],
  params: z.strictObject({
    target: targetField.optional().describe('which nodes; default: those that the faults hit'),
    timeout: timeoutField('time for a node to be back in sync').prefault('30s'),
  }),
  steps: async (ctx, { target, timeout }) => {
    for (const node of await chosen(ctx, target)) {
      const leader = await ctx.step(`Check that another node holds the data of ${node.name}`, { node: node.name }, () =>
        leaderOf(node, ctx, timeout),
      );
      const source = ctx.topology.node(leader);
      const before = await fullSyncs(source);
      await wipe(node, ctx);
      // In a cluster nodes.conf and gossip tell it whom to follow.
      const told = traitsOf(ctx.topology.kind).hasSlots;
      if (!told) await followFromTheStart(ctx, node);
      await ctx.step(`Start ${node.name}`, { node: node.name, command: 'start the server process' }, async () => {
        await bringUp(node, timeout, ctx.signal);
        return 'PONG';
      });
      if (!told) await follow(ctx, node, timeout);
      await ctx.step(
        `Wait until ${node.name} has copied everything from ${leader}`,
        { node: node.name, command: 'INFO replication' },
        async () => {
          const state = await inSync(node, timeout, ctx);
          const syncs = (await fullSyncs(source)) - before;
          if (syncs < 1) throw new Error(`${leader} gave no full synchronisation`);
          return `${state}, after a full synchronisation`;
        },
      );
    }
  },
  verify: (ctx, { timeout }) => restartNode.verify(ctx, { timeout, wait: true }),
});

/** @throws Error for a node that leads a shard, and where nobody leads its shard. */
async function leaderOf(node: ManagedNode, ctx: ProcedureContext, timeout: number): Promise<string> {
  const { view, topology, signal } = ctx;
  const leads = (): number | undefined =>
    topology.shards.find(({ shard }) => ownerNow(shard, view(), topology) === node.name)?.shard;
  const shard = leads();
  if (shard !== undefined) {
    const others = replicasNow(shard, view(), topology).filter((name) => view().nodes.get(name)?.reachable);
    const empty = `${node.name} leads shard ${shard} and would lead on without data`;
    if (others.length === 0) throw new Error(`${empty}: nobody else holds it`);
    // Looked at now: a server that has just refused its files may have answered the observer a moment ago.
    const { nodes } = await topology.look();
    if (nodes.get(node.name)?.reachable) throw new Error(`${empty}: fail over to ${others.join(' or ')} first`);
    await until(leads, (still) => still === undefined, {
      describe: `${others.join(' or ')} takes over from ${node.name}`,
      within: timeout,
      every: 20,
      signal,
    });
  }
  const find = (): { leader: string; state: string } => {
    const seen = view();
    const follows = topology.shards.find(({ shard }) => replicasNow(shard, seen, topology).includes(node.name));
    const leader = ownerNow((follows ?? node.initial).shard, seen, topology);
    const { reachable, role } = seen.nodes.get(leader)!;
    return { leader, state: reachable ? role : 'not answering' };
  };
  // The others may know of it a moment before it says so itself.
  const { leader } = await until(find, ({ state }) => state === 'primary', {
    describe: `there is a primary that ${node.name} can copy from`,
    within: timeout,
    every: 20,
    signal,
    show: ({ leader, state }) => `${leader} is ${state}`,
  });
  return leader;
}

const fullSyncs = async (node: ManagedNode): Promise<number> => (await infoOf(node, 'stats')).number('sync_full');

async function wipe(node: ManagedNode, ctx: ProcedureContext): Promise<void> {
  const { container } = node;
  // Killed, not stopped: what it would write at an orderly end is thrown away.
  await ctx.step(`End ${node.name}`, { node: node.name, command: 'SIGKILL' }, async () => {
    if ((await container.state()).status === 'exited') return 'it is down already';
    await container.kill('SIGKILL');
    return `exit code ${await container.exited()}`;
  });
  const { all } = dataFiles(ctx.topology, node);
  await ctx.step(
    `Throw away the data of ${node.name}`,
    { node: node.name, command: `rm -rf ${all.join(' ')}` },
    async () => {
      if (!container.disk) {
        const { rdb, aof } = keeps(ctx.topology.spec, placeOf(node));
        if (rdb || aof)
          throw new Error(`${node.name} keeps its data inside the container: persistence gives it a volume`);
        return `it keeps nothing in ${DATA}`;
      }
      await container.disk.remove(...all);
      return 'nodes.conf is kept';
    },
  );
}

import { z } from 'zod';
import { until } from '../core/until.js';
import { traitsOf } from '../deployment/kinds.js';
import { attach, followCommand } from '../server/attach.js';
import { infoOf, PATIENCE } from '../server/info.js';
import { ownerNow, replicasNow } from '../server/owners.js';
import type { Endpoint } from '../server/types.js';
import { bringUp } from '../topology/bring-up.js';
import { dataFiles } from '../topology/data-files.js';
import { DATA, keeps } from '../topology/persistence.js';
import { placeOf } from '../topology/settings.js';
import type { ManagedNode } from '../topology/types.js';
import { backAmongOthers, chosen, follow, inSync } from './come-back.js';
import { targetField, timeoutField } from './fields.js';
import { followFromTheStart } from './restart-node.js';
import { defineProcedure, isManaged, type ManagedContext, type ProcedureContext } from './types.js';

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
      const source = ctx.deployment.node(leader);
      const before = await fullSyncs(source);
      if (isManaged(ctx)) await startEmpty(ctx.topology.node(node.name), ctx, timeout);
      else await forgetHistory(node, source, before, ctx, timeout);
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
  verify: async (ctx, { target, timeout }) => backAmongOthers(ctx, await chosen(ctx, target), timeout),
});

/** @throws Error for a node that leads a shard, and where nobody leads its shard. */
async function leaderOf(node: Endpoint, ctx: ProcedureContext, timeout: number): Promise<string> {
  const { view, deployment, signal } = ctx;
  const leads = (): number | undefined =>
    deployment.shards.find(({ shard }) => ownerNow(shard, view(), deployment) === node.name)?.shard;
  const shard = leads();
  if (shard !== undefined) {
    const others = replicasNow(shard, view(), deployment).filter((name) => view().nodes.get(name)?.reachable);
    const empty = `${node.name} leads shard ${shard} and would lead on without data`;
    if (others.length === 0) throw new Error(`${empty}: nobody else holds it`);
    // Looked at now: a server that has just refused its files may have answered the observer a moment ago.
    const { nodes } = await deployment.look();
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
    const follows = deployment.shards.find(({ shard }) => replicasNow(shard, seen, deployment).includes(node.name));
    const leader = ownerNow((follows ?? node.initial).shard, seen, deployment);
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

const fullSyncs = async (node: Endpoint): Promise<number> => (await infoOf(node, 'stats')).number('sync_full');

/** Without its files. */
async function startEmpty(node: ManagedNode, ctx: ManagedContext, timeout: number): Promise<void> {
  await wipe(node, ctx);
  // In a cluster nodes.conf and gossip tell it whom to follow.
  const told = traitsOf(ctx.topology.kind).hasSlots;
  if (!told) await followFromTheStart(ctx, node);
  await ctx.step(`Start ${node.name}`, { node: node.name, command: 'start the server process' }, async () => {
    await bringUp(node, timeout, ctx.signal);
    return 'PONG';
  });
  if (!told) await follow(ctx, node, timeout);
}

/**
 * By commands alone, of a server that answers: for a moment it follows nobody, and comes back as one whose history nobody knows. What
 * it is given then is everything.
 */
async function forgetHistory(
  node: Endpoint,
  leader: Endpoint,
  before: number,
  ctx: ProcedureContext,
  within: number,
): Promise<void> {
  // A replica that is reset is emptied, and keeps its id.
  const leave = traitsOf(ctx.deployment.kind).hasSlots ? ['CLUSTER', 'RESET', 'SOFT'] : ['REPLICAOF', 'NO', 'ONE'];
  await ctx.step(`Let ${node.name} forget what it follows`, { node: node.name, command: leave.join(' ') }, async () =>
    String(await node.call(leave, { timeout: PATIENCE })),
  );
  await ctx.step(
    `Make ${node.name} follow ${leader.name} as if for the first time`,
    { node: node.name, command: followCommand(leader, ctx.deployment).join(' ') },
    async () => {
      await attach(node, leader, ctx.deployment, within);
      const { signal } = ctx;
      await until(
        () => fullSyncs(leader),
        (syncs) => syncs > before,
        { describe: `${leader.name} begins a full synchronisation`, within, every: 20, signal },
      );
      // What was seen before is from when it followed as it always did.
      const since = ctx.clock.now();
      const seenAt = (): number => ctx.view().nodes.get(node.name)?.t ?? 0;
      await until(seenAt, (t) => t > since, { describe: `${node.name} is looked at`, within, every: 20, signal });
    },
  );
}

async function wipe(node: ManagedNode, ctx: ManagedContext): Promise<void> {
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

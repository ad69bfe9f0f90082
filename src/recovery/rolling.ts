/** What every rolling change does: one node at a time, the replicas of a shard first, its primary after a replica has taken its place. */
import type { z } from 'zod';
import { s } from '../core/units.js';
import { until } from '../core/until.js';
import { ownerNow, replicasNow } from '../server/owners.js';
import { type Layout, lacksReplicas } from '../topology/layout.js';
import { nextSettings } from '../topology/settings-field.js';
import type { ManagedNode } from '../topology/types.js';
import { failover } from './failover/index.js';
import { shardField, timeoutField } from './fields.js';
import { restartNode } from './restart-node.js';
import type { ManagedContext } from './types.js';

/** shutdown-timeout (Redis 7.0) is 10 s: a shorter grace would turn the stop into a kill. */
const GRACE = s(15);

export const rolling = {
  shard: shardField.optional().describe('only this shard; default: all of them, one after another'),
  timeout: timeoutField('time for each node to be back in sync, and for each failover').prefault('30s'),
  config: nextSettings.optional(),
};

export interface Rolling {
  shard?: number | undefined;
  timeout: number;
  config?: z.output<typeof nextSettings> | undefined;
}

/** `between`: what is done to a node while it is down. */
export async function roll(
  ctx: ManagedContext,
  { shard: only, timeout, config }: Rolling,
  between: (node: ManagedNode) => Promise<unknown> = async () => undefined,
): Promise<void> {
  const renew = async (node: ManagedNode, leader: () => ManagedNode): Promise<void> => {
    await ctx.step(`Stop ${node.name}`, { node: node.name, command: 'SIGTERM' }, () => node.container.stop(GRACE));
    await between(node);
    await restartNode.steps(ctx, { target: node.name, timeout, config, wait: true });
    await ctx.step(`Wait until ${node.name} has caught up`, { node: node.name, command: 'INFO replication' }, () =>
      caughtUp(ctx, node, leader(), timeout),
    );
  };
  for (const { shard } of ctx.topology.shards) {
    if (only !== undefined && shard !== only) continue;
    const leader = (): ManagedNode => ctx.topology.node(ownerNow(shard, ctx.view(), ctx.topology));
    const former = leader();
    for (const name of replicasNow(shard, ctx.view(), ctx.topology)) await renew(ctx.topology.node(name), leader);
    await failover.steps(ctx, { shard, mode: 'graceful', timeout });
    await failover.verify(ctx, { shard, mode: 'graceful', timeout });
    await renew(former, leader);
  }
}

/**
 * A link that is up says nothing of what came through it yet: what the primary has now, the replica must have too. And
 * nobody may hold it for failed any more: of a replica a peer forgets that with the next pong, of one that was promoted
 * meanwhile not before twice the node timeout (clearNodeFailureIfNeeded), and so long it calls the cluster down.
 */
async function caughtUp(ctx: ManagedContext, node: ManagedNode, leader: ManagedNode, timeout: number): Promise<string> {
  const goal = await until(
    () => ctx.view().nodes.get(leader.name)?.offset ?? 0,
    (offset) => offset > 0,
    { describe: `${leader.name} tells its offset`, within: timeout, every: 20, signal: ctx.signal },
  );
  const { seen } = await until(
    () => {
      const { nodes } = ctx.view();
      const against = [...nodes.values()].filter((view) => view.peers.get(node.name)?.health === 'fail');
      return { seen: nodes.get(node.name)!, against: against.filter(({ reachable }) => reachable) };
    },
    ({ seen, against }) =>
      seen.role === 'replica' && seen.linkUp && !seen.syncing && seen.offset >= goal && against.length === 0,
    {
      describe: `${node.name} has what ${leader.name} had at offset ${goal}, and nobody holds it for failed`,
      within: timeout,
      every: 20,
      signal: ctx.signal,
      show: ({ seen, against }) =>
        [`${seen.role} at offset ${seen.offset}`, ...against.map((view) => `failed to ${view.node}`)].join(', '),
    },
  );
  return `offset ${seen.offset}, and ${leader.name} was at ${goal}`;
}

export const refusesRolling = ({ shard }: Rolling, topology: Layout): { param: string; why: string } | undefined => {
  const { shards } = topology;
  if (lacksReplicas(topology))
    return {
      param: 'procedure',
      why: 'a primary without a replica can only be restarted with an outage',
    };
  return shard !== undefined && shard > shards
    ? { param: 'shard', why: `there is no shard ${shard}: the topology has ${shards} (1 to ${shards})` }
    : undefined;
};

/** What the replication faults share: who follows whom, and how a link shows that it is broken. */

import { rightPrimary } from '../../server/attach.js';
import { infoOf, PATIENCE } from '../../server/info.js';
import { ownerNow } from '../../server/owners.js';
import { ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import { DidNotBite, type Environment, type FaultContext } from '../types.js';

/** ms for a change of the replication to show. */
export const BUDGET = 15_000;

export const needsReplicas = ({ topology }: Environment): true | string =>
  topology.replicas > 0 || 'the topology has no replicas';

/** @throws DidNotBite for a node that follows nobody now. */
export async function primaryOf(node: ManagedNode, ctx: FaultContext): Promise<ManagedNode> {
  const primary = await followedBy(node, ctx);
  if (!primary) throw new DidNotBite(`${node.name} is not a replica of one of our nodes now`);
  return primary;
}

/** The node that this one follows, by its own account at this moment: the observer's view may be a moment old. */
export async function followedBy(node: ManagedNode, { topology }: FaultContext): Promise<ManagedNode | undefined> {
  const info = await infoOf(node, 'replication');
  return topology.nodes.find(
    ({ announced: { host, port } }) => info.text('master_host') === host && info.number('master_port') === port,
  );
}

/** Synchronisations that a primary has begun, full and partial ones. */
export async function synchronisations(primary: ManagedNode): Promise<number> {
  const stats = await infoOf(primary, 'stats');
  return stats.number('sync_full') + stats.number('sync_partial_ok');
}

export const linkDown = async (replica: ManagedNode): Promise<boolean> =>
  (await infoOf(replica, 'replication')).text('master_link_status') === 'down';

/** Cuts the replica's connection to its primary, from the replica's side. @returns how many there were. */
export const cutLink = async (replica: ManagedNode): Promise<number> =>
  Number(await replica.call(['CLIENT', 'KILL', 'TYPE', 'master']));

/** Has the server logged such a line since then? */
export async function logged(node: ManagedNode, pattern: RegExp, since: number, ctx: FaultContext): Promise<boolean> {
  const lines = await node.container.logs();
  return lines.some(({ wall, text }) => pattern.test(text) && ctx.clock.fromWall(wall) >= since);
}

/** Sends what an operator sends by mistake. @throws DidNotBite when the server knows better. */
export async function refusable(node: ManagedNode, command: string[]): Promise<void> {
  try {
    await node.call(command, { timeout: PATIENCE });
  } catch (error) {
    if (error instanceof ReplyError)
      throw new DidNotBite(`${node.name} refuses ${command.join(' ')}: ${error.message}`);
    throw error;
  }
}

export function shardOf(primary: ManagedNode, ctx: FaultContext): number {
  const found = ctx.topology.shards.find(({ shard }) => ownerNow(shard, ctx.view(), ctx.topology) === primary.name);
  if (!found) throw new DidNotBite(`${primary.name} leads no shard`);
  return found.shard;
}

/** Who leads the shard by the time it is mended. */
export const leaderAfter = async (shard: number, { topology }: FaultContext): Promise<ManagedNode> =>
  rightPrimary(shard, await topology.look(), topology);

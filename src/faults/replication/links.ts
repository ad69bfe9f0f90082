/** What the replication faults share: who follows whom, and how a link shows that it is broken. */
import { infoOf } from '../../topology/info.js';
import type { RedisNode } from '../../topology/types.js';
import { DidNotBite, type FaultContext } from '../types.js';

/** ms for a change of the replication to show. */
export const BUDGET = 15_000;

/** @throws DidNotBite for a node that follows nobody now. */
export function primaryOf(node: RedisNode, ctx: FaultContext): RedisNode {
  const self = ctx.view().nodes.get(node.name)?.peers.get(node.name);
  if (self?.role !== 'replica' || self.primary === undefined) throw new DidNotBite(`${node.name} is not a replica now`);
  const primary = ctx.topology.nodes.find(({ name }) => name === self.primary);
  if (!primary) throw new DidNotBite(`${node.name} follows ${self.primary}, which is none of our nodes`);
  return primary;
}

/** Synchronisations that a primary has begun, full and partial ones. */
export async function synchronisations(primary: RedisNode): Promise<number> {
  const stats = await infoOf(primary, 'stats');
  return stats.number('sync_full') + stats.number('sync_partial_ok');
}

export const linkDown = async (replica: RedisNode): Promise<boolean> =>
  (await infoOf(replica, 'replication')).text('master_link_status') === 'down';

/** Cuts the replica's connection to its primary, from the replica's side. @returns how many there were. */
export const cutLink = async (replica: RedisNode): Promise<number> =>
  Number(await replica.call(['CLIENT', 'KILL', 'TYPE', 'master']));

/** Making a node the replica of another, and whose replica it should be. */

import { until } from '../core/until.js';
import { traitsOf } from '../deployment/kinds.js';
import type { ClusterView } from '../deployment/types.js';
import { linesOf, speaksOf } from './membership.js';
import { ownerNow } from './owners.js';
import type { Deployment, Endpoint } from './types.js';

/**
 * Who leads a shard for those who write to it. Where nobody decides it is the node that applications are pointed to: a replica
 * that was promoted by mistake leads nobody.
 */
export const rightPrimary = <Node extends Endpoint>(
  shard: number,
  view: ClusterView,
  topology: Deployment<Node>,
): Node => topology.entry?.node ?? topology.node(ownerNow(shard, view, topology));

export const followCommand = (leader: Endpoint, { kind }: Deployment): string[] =>
  traitsOf(kind).hasSlots
    ? ['CLUSTER', 'REPLICATE', leader.id]
    : ['REPLICAOF', leader.announced.host, String(leader.announced.port)];

/** Does it know the other one as a member? Outside a cluster nobody has to. */
export const knows = async (node: Endpoint, leader: Endpoint, { kind }: Deployment): Promise<boolean> =>
  !traitsOf(kind).hasSlots || (await linesOf(node)).some((line) => speaksOf(line, leader, leader.id));

/** Idempotent. Waits until the node knows the leader, and no longer: to be in sync takes its own time. */
export async function attach(node: Endpoint, leader: Endpoint, topology: Deployment, within = 15_000): Promise<void> {
  if (!(await knows(node, leader, topology))) {
    const { host, port } = leader.announced;
    await node.call(['CLUSTER', 'MEET', host, port]);
    await until(
      () => knows(node, leader, topology),
      (known) => known,
      { describe: `${node.name} knows ${leader.name}`, within, every: 50 },
    );
  }
  await node.call(followCommand(leader, topology));
}

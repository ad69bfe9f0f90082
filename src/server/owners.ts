/** Who leads and who follows now, by what all nodes say together. */

import { slotOwner as majorityOwner } from '../deployment/consensus.js';
import { traitsOf } from '../deployment/kinds.js';
import { inRanges } from '../deployment/slots.js';
import type { ClusterView } from '../deployment/types.js';
import type { Deployment } from './types.js';

/** The shard's primary now; where no majority holds one (too few primaries answer), the one that most nodes still hold. */
export const ownerNow = (shard: number, view: ClusterView, deployment: Deployment): string =>
  view.owners.get(shard) ?? mostHeld(deployment.shards[shard - 1]!.slots[0]![0], view) ?? atFirst(shard, deployment);

/** The slot's owner now, which need not be the primary of the shard that it began in. */
export function slotOwnerNow(slot: number, view: ClusterView, deployment: Deployment): string {
  if (!traitsOf(deployment.kind).hasSlots) return ownerNow(1, view, deployment);
  const owner = majorityOwner(slot, view) ?? mostHeld(slot, view);
  if (owner !== undefined) return owner;
  const began = deployment.shards.find(({ slots }) => inRanges(slot, slots));
  if (!began) throw new Error(`nobody owns slot ${slot}`);
  return ownerNow(began.shard, view, deployment);
}

const atFirst = (shard: number, deployment: Deployment): string =>
  deployment.nodes.find((node) => node.initial.shard === shard && node.initial.role === 'primary')!.name;

/** Whom most nodes hold for the slot's owner; of two the one with the higher epoch. */
export function mostHeld(slot: number, view: Pick<ClusterView, 'nodes'>): string | undefined {
  const votes = new Map<string, { count: number; epoch: number }>();
  for (const node of view.nodes.values())
    for (const [name, peer] of node.peers) {
      if (peer.role !== 'primary' || !inRanges(slot, peer.slots)) continue;
      const vote = votes.get(name) ?? { count: 0, epoch: 0 };
      votes.set(name, { count: vote.count + 1, epoch: Math.max(vote.epoch, peer.epoch) });
    }
  const [best] = [...votes]
    .filter(([name]) => view.nodes.has(name))
    .sort(([, a], [, b]) => b.count - a.count || b.epoch - a.epoch);
  return best?.[0];
}

export const replicasNow = (shard: number, view: ClusterView, deployment: Deployment): string[] =>
  replicasOf(ownerNow(shard, view, deployment), view, deployment, shard);

/** `shard`: whose replicas those are that nobody can be asked about. */
export function replicasOf(
  owner: string,
  view: ClusterView,
  deployment: Deployment,
  shard = deployment.node(owner).initial.shard,
): string[] {
  return deployment.nodes
    .filter((node) => {
      if (node.name === owner) return false;
      const self = view.nodes.get(node.name);
      const peer = self?.reachable ? self.peers.get(node.name) : view.nodes.get(owner)?.peers.get(node.name);
      return peer ? peer.role === 'replica' && peer.primary === owner : node.initial.shard === shard;
    })
    .map((node) => node.name);
}

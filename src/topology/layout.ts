/** Who begins where: how many replicas each shard has, and which node stands for what. */
import { traitsOf } from '../deployment/kinds.js';
import { settingsAmong } from './settings.js';
import type { TopologySpec } from './types.js';

export type Layout = Pick<TopologySpec, 'shards' | 'replicas' | 'perShard'>;

/** With how many replicas a shard begins. */
export const replicasAtFirst = ({ replicas, perShard }: Layout, shard: number): number =>
  perShard?.[shard - 1] ?? replicas;

const shardsOf = ({ shards }: Layout): number[] => Array.from({ length: shards }, (_, i) => i + 1);

/** Each shard's number of replicas at the beginning. */
export const replicasByShard = (spec: Layout): number[] => shardsOf(spec).map((shard) => replicasAtFirst(spec, shard));

/**
 * node-1, node-2 …: primaries first, then the first replica of each shard that has one, then the second. Round 0 is the
 * primaries'.
 */
export function placesOf(spec: Layout): { shard: number; round: number }[] {
  const rounds = Math.max(0, ...replicasByShard(spec)) + 1;
  return Array.from({ length: rounds }, (_, round) =>
    shardsOf(spec)
      .filter((shard) => round <= replicasAtFirst(spec, shard))
      .map((shard) => ({ shard, round })),
  ).flat();
}

/**
 * With how many replicas each shard is whole. Where replicas may move to a primary that has lost its own, no shard can ask
 * for more than the one that began with the fewest.
 */
export function wantedReplicas(spec: Layout & Pick<TopologySpec, 'kind' | 'config' | 'configs'>): number[] {
  const begun = replicasByShard(spec);
  const move = traitsOf(spec.kind).hasSlots && settingsAmong(spec, 'cluster-allow-replica-migration').includes('yes');
  return move ? begun.map(() => Math.min(...begun)) : begun;
}

/** Is there a shard that begins without a replica? */
export const lacksReplicas = (spec: Layout): boolean => replicasByShard(spec).includes(0);

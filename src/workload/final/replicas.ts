/** Does every replica hold what its primary holds, with nobody writing any more? */

import type { ClusterView } from '../../deployment/types.js';
import type { ReplicaCheck } from '../../recording/recording.js';
import { compare } from '../../server/compare.js';
import { ownerNow, replicasNow } from '../../server/owners.js';
import type { Deployment } from '../../server/types.js';

export async function compareReplicas(
  topology: Deployment,
  view: ClusterView,
  signal: AbortSignal,
): Promise<ReplicaCheck[]> {
  const checks: ReplicaCheck[] = [];
  for (const { shard } of topology.shards) {
    const primary = ownerNow(shard, view, topology);
    for (const replica of replicasNow(shard, view, topology)) {
      const silent = [primary, replica].find((name) => !view.nodes.get(name)?.reachable);
      const comparison = silent
        ? { sameOffset: false, how: `${silent} does not answer` }
        : await compare(topology.node(primary), topology.node(replica), { within: 5000, signal });
      checks.push({ shard, primary, replica, ...comparison });
    }
  }
  return checks;
}

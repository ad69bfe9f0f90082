/** The servers' rules that held in a drill. */
import { guardOf, type ServerRules } from '../deployment/failover-times.js';
import type { Recording } from '../recording/recording.js';

/** @param shards those that lost their primary. */
export function serverRulesOf(
  { topology, environment, workload }: Recording,
  shards: readonly number[] = [],
): ServerRules {
  const replicas = topology.nodes.filter(({ role }) => role === 'replica');
  const [electing, ...others] = new Map(
    replicas.map(({ server = environment.server }) => [`${server.product} ${server.version}`, server]),
  ).values();
  // Where replicas of several servers stand for election, the loosest rule holds.
  const { product, version } = others.length > 0 ? {} : (electing ?? environment.server);
  const counts = shards.map((shard) => replicas.filter((node) => node.shard === shard).length).filter((n) => n > 0);
  const fewest = counts.length > 0 ? Math.min(...counts) : topology.replicasPerShard;
  // Who takes over brings its own settings: the strictest holds.
  const [guard] = [topology.config, ...replicas.map(({ config }) => ({ ...topology.config, ...config }))]
    .flatMap((config) => guardOf(config, fewest, workload) ?? [])
    .sort((a, b) => b.wanted - a.wanted);
  const { nodeTimeout, leastNodeTimeout } = topology;
  return { nodeTimeout, leastNodeTimeout, product, version, sentinels: topology.sentinels, guard };
}

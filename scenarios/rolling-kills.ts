import { defineScenario } from 'redrill';

/** One shard after the other loses its primary, as in a rolling update that does not wait for redundancy to return by itself. */
const shards = 3;
const pause = 15;

export default defineScenario({
  name: 'rolling-kills',
  title: 'Each shard loses its primary in turn',
  description:
    'The primaries of all shards are killed one after another and started again 8 s later. Every failover must succeed: each time another node leads, and none may be left without a replica at the end.',
  handbook: ['2.1.1', '5.1.1', '6.1', '7.2'],
  severity: 'P2',
  tags: ['failover', 'crash', 'rolling'],
  topology: { kind: 'cluster', shards, replicas: 1, image: 'redis:7.0', config: { 'cluster-node-timeout': 2000 } },
  workload: { kind: 'append', clients: 8, rate: '500/s' },
  timeline: Array.from({ length: shards }, (_, i) => ({
    id: `kill-shard-${i + 1}`,
    at: `${3 + i * pause}s`,
    fault: 'kill',
    target: `primary of shard ${i + 1}`,
    for: '8s',
  })),
  objectives: {
    recovery_time: `< ${(shards - 1) * pause + 8}s`,
    lost_acknowledged_writes: '<= 150',
    availability: '>= 60%',
    redundancy_restored: `< ${shards * pause + 30}s`,
    nodes_agree: true,
  },
});

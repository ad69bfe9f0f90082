/** One look at a node: what it says of itself and of its peers. */

import { parseInfo } from '../deployment/nodes-text.js';
import type { NodeView } from '../deployment/types.js';
import { unreachable } from '../deployment/views.js';
import type { Connection } from './connection.js';
import { ASK_JOBS, hasAtomic, isOver, readJobs } from './migration/atomic.js';
import type { TableReader } from './tables.js';
import type { Endpoint, Glance } from './types.js';

/**
 * Asks one node for its view. Never throws: no answer is an answer. A whole look is CLUSTER NODES, CLUSTER INFO, INFO and its
 * slot migrations in one pipeline. A glance (`before` is given) asks for the short ones, and for the rest only when they
 * differ from the look before: a table has a line for each node, and looking at N of them would cost N².
 */
export async function lookAt(
  node: Endpoint,
  connection: Connection,
  tables: TableReader,
  now: () => number,
  { timeout = 250, before }: Glance = {},
): Promise<NodeView> {
  if (before?.reachable && before.summary !== undefined) {
    const [cluster, info] = await connection.ask(
      [
        ['CLUSTER', 'INFO'],
        ['INFO', 'replication'],
      ],
      timeout,
    );
    const t = now();
    if (cluster === undefined || info === undefined) return unreachable(node.name, t);
    if (typeof cluster === 'string' && typeof info === 'string') {
      const fields = parseInfo(info);
      if (summaryOf(cluster, fields) === before.summary) return { ...before, ...readReplication(fields), t };
    }
  }
  const jobsToo = hasAtomic(node.server) ? [ASK_JOBS] : [];
  const asked = await connection.ask([['CLUSTER', 'NODES'], ['CLUSTER', 'INFO'], ['INFO'], ...jobsToo], timeout);
  const t = now();
  if (asked.some((reply) => reply === undefined)) return unreachable(node.name, t);
  const jobs = asked[3];
  const [nodes, cluster, info] = asked.map((reply) => (typeof reply === 'string' ? reply : ''));
  if (nodes === '') return { ...unreachable(node.name, t), reachable: true, role: 'loading' };
  const fields = parseInfo(info!);
  return {
    ...readInfo(fields),
    ...readCluster(parseInfo(cluster!)),
    node: node.name,
    t,
    tableAt: t,
    summary: summaryOf(cluster!, fields),
    reachable: true,
    ...(Array.isArray(jobs) && { handing: readJobs(jobs).flatMap((job) => (isOver(job) ? [] : job.ranges)) }),
    peers: tables.read(node.name, nodes!),
  };
}

/**
 * What changes when the table does, as far as slots and their owners go: how many slots are served, suspected and lost, how many
 * nodes there are, the epochs; and whom the node itself follows. What is about replicas and links does not show in it.
 */
const summaryOf = (cluster: string, info: Map<string, string>): string =>
  [cluster.split('cluster_stats_', 1)[0], info.get('role'), info.get('master_host'), info.get('master_port')].join(' ');

export function readInfo(info: Map<string, string>) {
  const number = (key: string): number => Number(info.get(key) ?? 0);
  const replication = readReplication(info);
  return {
    ...replication,
    role: info.get('loading') === '1' ? ('loading' as const) : replication.role,
    runId: info.get('run_id') ?? '',
    usedMemory: number('used_memory'),
    evictedKeys: number('evicted_keys'),
  };
}

function readReplication(info: Map<string, string>) {
  const number = (key: string): number => Number(info.get(key) ?? 0);
  const primary = info.get('role') === 'master';
  return {
    role: primary ? ('primary' as const) : ('replica' as const),
    // A replica's slave_repl_offset is its own progress; its master_repl_offset may lag behind it.
    offset: primary ? number('master_repl_offset') : number('slave_repl_offset'),
    replid: info.get('master_replid') ?? '',
    linkUp: info.get('master_link_status') === 'up',
    syncing: info.get('master_sync_in_progress') === '1',
    linkDownFor: number('master_link_down_since_seconds') * 1000,
    lag: 0,
    priority: number('slave_priority'),
    replicasOnline: [...info].filter(([key, value]) => /^slave\d+$/.test(key) && value.includes('state=online')).length,
  };
}

function readCluster(info: Map<string, string>) {
  return {
    state: info.get('cluster_state') === 'ok' ? ('ok' as const) : ('fail' as const),
    currentEpoch: Number(info.get('cluster_current_epoch') ?? 0),
  };
}

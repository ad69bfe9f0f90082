/**
 * The application's side: ioredis, once tuned so that it shows what the server does, once with the settings that the
 * library ships with, which is what most applications feel. redis-notes, section 7, says what each setting distorts.
 */
import { Cluster, type ClusterOptions } from 'ioredis';
import { until, within } from '../core/until.js';
import { PORT } from '../topology/config.js';
import type { Topology } from '../topology/types.js';
import { Profile } from './recording.js';

/** No retries, no queues, short time-outs: an error is reported when it happens and never turned into latency. */
const tuned: ClusterOptions = {
  slotsRefreshInterval: 500,
  slotsRefreshTimeout: 500,
  maxRedirections: 3,
  retryDelayOnFailover: 0,
  retryDelayOnClusterDown: 0,
  retryDelayOnTryAgain: 0,
  retryDelayOnMoved: 0,
  enableOfflineQueue: false,
  clusterRetryStrategy: () => 50,
  scaleReads: 'master',
};

export interface Client {
  cluster: Cluster;
  profile: number;
  close(): void;
}

export async function openClient(topology: Topology, profile: number, signal: AbortSignal): Promise<Client> {
  const seats = topology.nodes.map((node) => ({ node, at: node.container.endpoint(PORT) }));
  const { user, password } = topology.access.clients;
  // Nodes announce the addresses they call each other by; the harness may have to take another way to them.
  const addressOf = new Map(seats.map(({ node, at }) => [`${node.announced.host}:${node.announced.port}`, at]));
  const cluster = new Cluster(
    seats.map(({ node }) => ({ host: node.announced.host, port: node.announced.port })),
    {
      ...(profile === Profile.tuned ? tuned : {}),
      natMap: (key) => addressOf.get(key) ?? null,
      redisOptions: {
        ...(profile === Profile.tuned && { connectTimeout: 500, commandTimeout: 400, keepAlive: 1000 }),
        ...(user !== undefined && { username: user }),
        ...(password !== undefined && { password }),
      },
    },
  );
  // Node errors are what a drill is about; they come back through each command. Unheard they would end the process.
  cluster.on('error', () => undefined);
  await until(
    () => cluster.status,
    (status) => status === 'ready',
    { describe: 'the load client connects', within: 10_000, every: 10, signal },
  );
  // Connections to nodes open with their first command, which without an offline queue would fail: no error of the server's.
  await within(
    Promise.all(cluster.nodes('all').map((node) => node.ping())),
    10_000,
    'the load client reaches every node',
  );
  return { cluster, profile, close: () => cluster.disconnect() };
}

/**
 * The application's side: ioredis, once tuned so that it shows what the server does, once with the settings that the
 * library ships with, which is what most applications feel, and a client that waits (patient). redis-notes, section 7, says
 * what each setting distorts.
 */

import { Cluster, type ClusterOptions, Redis } from 'ioredis';
import { until } from '../core/until.js';
import { traitsOf } from '../deployment/kinds.js';
import { isOutsider } from '../deployment/roles.js';
import { Profile } from '../recording/tables.js';
import { FEW } from '../server/pace.js';
import type { Deployment, Endpoint } from '../server/types.js';
import type { Commands } from './commands.js';
import { openPatient } from './patient.js';
import { newsFilter, type SlotMap, slotMapOf } from './slot-map.js';

/** ms between two readings of the slot map. The library's own work for one grows with the nodes in it; a redirection brings one at once. */
const refreshEvery = (nodes: number): number => Math.max(500, 15 * nodes);

/** No retries, no queues, short time-outs: an error is reported when it happens and never turned into latency. */
const tuned: ClusterOptions = {
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
/** `away`: ms of a round trip to the farthest node. */
const tunedNode = (away: number) => ({ connectTimeout: 500 + away, commandTimeout: 400 + away, keepAlive: 1000 });
/** The same for a client of one primary. A demoted one answers READONLY: that connection leads nowhere any more. */
const tunedSingle = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => 50,
  reconnectOnError: (error: Error): 1 | false => (error.message.startsWith('READONLY') ? 1 : false),
};
const tunedSentinel = { failoverDetector: true, sentinelRetryStrategy: () => 50 };

export interface Client {
  redis: Commands;
  profile: number;
  close(): void;
}

export async function openClient(topology: Deployment, profile: number, signal: AbortSignal): Promise<Client> {
  if (profile === Profile.patient) {
    const redis = await openPatient(topology, signal);
    return { redis, profile, close: redis.close };
  }
  const redis = connect(topology, profile === Profile.tuned);
  // Node errors are what a drill is about; they come back through each command. Unheard they would end the process.
  redis.on('error', () => undefined);
  await until(
    () => redis.status,
    (status) => status === 'ready',
    { describe: 'the load client connects', within: 10_000 + 100 * topology.all.length, every: 10, signal },
  );
  // Connections to nodes open with their first command, which without an offline queue would fail: no error of the server's.
  await until(
    async () => {
      await Promise.all((redis instanceof Cluster ? redis.nodes('all') : [redis]).map((node) => node.ping()));
      return true;
    },
    Boolean,
    { describe: 'the load client reaches every node', within: 10_000 + 100 * topology.all.length, every: 50, signal },
  );
  if (profile === Profile.tuned && redis instanceof Redis) return { redis, profile, close: keepAlive(redis) };
  return { redis, profile, close: () => redis.disconnect() };
}

function connect(topology: Deployment, isTuned: boolean): Cluster | Redis {
  const { kind, nodes, sentinels, entry, roundTrip, primaryName } = topology;
  const { tls } = topology.access;
  const login = { ...loginTo(topology), ...(tls && { tls }) };
  const natMap = waysTo(topology);
  const { hasSlots, arbiter } = traitsOf(kind);
  if (hasSlots) {
    const cluster = new Cluster(
      nodes.filter(({ initial }) => !isOutsider(initial.role)).map(({ announced }) => announced),
      {
        ...(isTuned && { ...tuned, slotsRefreshInterval: refreshEvery(nodes.length) }),
        natMap,
        redisOptions: { ...(isTuned && tunedNode(roundTrip)), ...login },
      },
    );
    if (nodes.length > FEW) sparing(cluster, sharedSlotMap(topology), 5 * nodes.length);
    // A connection that was lost is made anew, as another one.
    cluster.on('+node', (node: Redis) => Object.assign(node.options, loginTo(topology)));
    return cluster;
  }
  const options = { ...(isTuned && { ...tunedNode(roundTrip), ...tunedSingle }), ...login };
  if (arbiter === 'sentinels') {
    const redis = new Redis({
      ...options,
      ...(isTuned && tunedSentinel),
      name: primaryName,
      sentinels: sentinels.map(({ front }) => front),
      ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
      natMap,
    });
    // Made with the connection, and some of them fail before it is ready.
    redis.on('connect', () => quieten(redis));
    redis.on('close', () => Object.assign(redis.options, loginTo(topology)));
    return redis;
  }
  const redis = new Redis({ ...options, ...entry!.node.front });
  redis.on('close', () => Object.assign(redis.options, loginTo(topology)));
  // As with a DNS name: the next connection goes to the new address, and somebody restarts what hangs on the old one.
  entry!.onMove((node) => {
    Object.assign(redis.options, node.front);
    if (redis.status !== 'end') redis.disconnect(true);
  });
  return redis;
}

/**
 * The library reads the whole slot map after every error. Once it is connected, it does so only where that tells it something
 * new, and not more often than this; a redirection is followed in any case.
 */
function sparing(cluster: Cluster, slotMap: SlotMap, least: number): void {
  const refresh = cluster.refreshSlotsCache.bind(cluster);
  const isNews = newsFilter();
  let last = Number.NEGATIVE_INFINITY;
  cluster.refreshSlotsCache = (callback) => {
    if (cluster.status !== 'ready') return refresh(callback);
    const now = performance.now();
    if (now - last < least) return callback?.();
    last = now;
    void slotMap.read().then((map) => {
      if (cluster.status !== 'ready' || isNews(map)) refresh(callback);
      else callback?.();
    });
  };
}

/** One for all clients of a deployment. */
const slotMaps = new WeakMap<Deployment, SlotMap>();
function sharedSlotMap(topology: Deployment): SlotMap {
  const known = slotMaps.get(topology) ?? slotMapOf(topology.nodes);
  slotMaps.set(topology, known);
  return known;
}

/** As whom applications connect now: one that is told a new password keeps its connections, and uses it for the next. */
function loginTo({ access: { clients } }: Deployment): { username?: string; password?: string } {
  const { user, password } = clients;
  return { ...(user !== undefined && { username: user }), ...(password !== undefined && { password }) };
}

/**
 * Where the library's detector of failovers interrupts a connection that is just being made, the library gives up for good
 * (status "end"). An application that measures itself would notice and connect again. @returns how to end it.
 */
function keepAlive(redis: Redis): () => void {
  let closed = false;
  redis.on('end', () => {
    setTimeout(() => {
      if (!closed) redis.connect().catch(() => undefined);
    }, tunedSingle.retryStrategy());
  });
  return () => {
    closed = true;
    redis.disconnect();
  };
}

/** The library's own connections to sentinels have nobody who listens to their errors, and print them. A dead sentinel is what a drill is about. */
function quieten(redis: Redis): void {
  const { connector } = redis as unknown as {
    connector?: { failoverDetector?: { sentinels?: { client: Redis }[] } };
  };
  for (const { client } of connector?.failoverDetector?.sentinels ?? [])
    if (client.listenerCount('error') === 0) client.on('error', () => undefined);
}

/** Nodes announce the addresses they call each other by; the harness may have to take another way to them. */
function waysTo({ all }: Deployment): (key: string) => { host: string; port: number } | null {
  // Asked each time: a node may be reached in another way, and at another address.
  const isCalled = (node: Endpoint, key: string): boolean => {
    const { host, port } = node.announced;
    return key === `${host}:${port}` || key === `${node.name}:${port}`;
  };
  return (key) => all.find((node) => isCalled(node, key))?.front ?? null;
}

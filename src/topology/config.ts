/** redis.conf and nodes.conf of a node, written before it starts: a cluster formed this way needs no MEET and no gossip. */
import { SHARED } from '../fleet/types.js';
import type { ShardInfo } from '../workload/recording.js';
import { type Access, accessConf, quote } from './access.js';
import { placesOf } from './layout.js';
import { DATA, persistenceLines, savePoints } from './persistence.js';
import { tlsSettings } from './tls.js';
import type { NodeRole, Server, TopologySpec } from './types.js';

export const PORT = 6379;
export const SENTINEL_PORT = 26379;
/** What sentinels call the primary they watch. */
export const PRIMARY_NAME = 'redrill';
/** Where nodes gossip. */
export const BUS_PORT = PORT + 10_000;
/** While nodes are still starting a short node-timeout would fail the slow ones over before the drill begins. */
const BOOT_NODE_TIMEOUT = 60_000;

export interface Seat {
  name: string;
  id: string;
  ip: string;
  shard: number;
  role: NodeRole;
  port: number;
  zone?: string | undefined;
  /** The primary that it begins with as a replica. */
  primary?: { id: string; ip: string };
}

/** Where a node's configuration files are in its container, and (`own`) in the run's share. Its data is in /data, as usual. */
export const pathsOf = ({ name }: { name: string }) => {
  const own = { config: `${name}/redis.conf`, nodes: `${name}/nodes.conf` };
  return { config: `${SHARED}/${own.config}`, nodes: `${SHARED}/${own.nodes}`, own };
};

export const atLeast = (server: Server, major: number, minor: number): boolean => {
  const [a = 0, b = 0] = server.version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
};

/** Our defaults make a drill repeatable; anything the scenario says wins. */
export function redisConf(spec: TopologySpec, seat: Seat, server: Server, access: Access): string {
  const settings: Record<string, string> = {
    port: String(seat.port),
    'protected-mode': 'no',
    daemonize: 'no',
    dir: DATA,
    loglevel: 'notice',
    ...persistenceLines(spec),
    'repl-diskless-sync-delay': '0',
    'repl-ping-replica-period': '1',
    ...(atLeast(server, 7, 0) && { 'enable-debug-command': 'yes', 'enable-protected-configs': 'yes' }),
    ...(spec.kind === 'cluster' ? clusterSettings(seat, server) : replicaSettings(seat)),
    ...spec.config,
    ...(spec.tls && tlsSettings(seat.port)),
    ...(spec.kind === 'cluster' && { 'cluster-node-timeout': String(BOOT_NODE_TIMEOUT) }),
  };
  const lines = Object.entries(settings).flatMap(([key, value]) =>
    (key === 'save' ? savePoints(value) : [value]).map((one) => `${key} ${one}`),
  );
  return `${[...lines, ...accessConf(spec, access, atLeast(server, 6, 2))].join('\n')}\n`;
}

const clusterSettings = (seat: Seat, server: Server): Record<string, string> => ({
  'cluster-enabled': 'yes',
  'cluster-config-file': pathsOf(seat).nodes,
  'cluster-announce-ip': seat.ip,
  'cluster-require-full-coverage': 'yes',
  ...(atLeast(server, 6, 2) && { 'cluster-allow-replica-migration': 'no' }),
});

const replicaSettings = ({ primary }: Seat): Record<string, string> =>
  primary ? { replicaof: `${primary.ip} ${PORT}` } : {};

/** Sentinels that know each other and every replica from the start need no discovery, which takes seconds. */
export function sentinelConf(spec: TopologySpec, seats: readonly Seat[], self: Seat, access: Access): string {
  const { quorum, downAfter, failoverTimeout, parallelSyncs } = spec.sentinels!;
  const primary = seats.find(({ role }) => role === 'primary')!;
  const { user, password } = access.sentinels;
  const about = (setting: string, value: string | number): string => `sentinel ${setting} ${PRIMARY_NAME} ${value}`;
  return `${[
    ...Object.entries(spec.tls ? tlsSettings(self.port) : { port: self.port })
      // A sentinel is on no bus.
      .filter(([key]) => key !== 'tls-cluster')
      .map((line) => line.join(' ')),
    'protected-mode no',
    'daemonize no',
    `dir ${DATA}`,
    'loglevel notice',
    `sentinel myid ${self.id}`,
    `sentinel announce-ip ${self.ip}`,
    `sentinel monitor ${PRIMARY_NAME} ${primary.ip} ${primary.port} ${quorum}`,
    about('down-after-milliseconds', downAfter),
    about('failover-timeout', failoverTimeout),
    about('parallel-syncs', parallelSyncs),
    ...(user === undefined ? [] : [about('auth-user', user)]),
    ...(password === undefined ? [] : [about('auth-pass', quote(password))]),
    ...seats.flatMap((seat) => {
      if (seat.role === 'replica') return [about('known-replica', `${seat.ip} ${seat.port}`)];
      return seat.role === 'sentinel' && seat !== self
        ? [about('known-sentinel', `${seat.ip} ${seat.port} ${seat.id}`)]
        : [];
    }),
  ].join('\n')}\n`;
}

/** Containers of a topology: servers, then sentinels. */
export const countNodes = ({
  sentinels,
  ...layout
}: Pick<TopologySpec, 'shards' | 'replicas' | 'perShard' | 'sentinels'>): number =>
  placesOf(layout).length + (sentinels?.count ?? 0);

/** ms of silence after which a peer suspects a node: cluster-node-timeout, or the sentinels' down-after-milliseconds. 0: nobody looks. */
export const nodeTimeout = ({ kind, config, sentinels }: TopologySpec): number =>
  kind === 'cluster' ? Number(config['cluster-node-timeout'] ?? 15_000) : (sentinels?.downAfter ?? 0);

export function nodesConf(seats: readonly Seat[], shards: readonly ShardInfo[], self: Seat): string {
  const lines = seats.map((seat) => {
    const flags = [...(seat === self ? ['myself'] : []), seat.role === 'primary' ? 'master' : 'slave'].join(',');
    const slots =
      seat.role === 'primary' ? shards[seat.shard - 1]!.slots.map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`)) : [];
    return [
      seat.id,
      `${seat.ip}:${PORT}@${BUS_PORT}`,
      flags,
      seat.primary?.id ?? '-',
      0,
      0,
      seat.shard,
      'connected',
      ...slots,
    ].join(' ');
  });
  return `${lines.join('\n')}\nvars currentEpoch ${shards.length} lastVoteEpoch 0\n`;
}

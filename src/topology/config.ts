/** redis.conf and nodes.conf of a node, written before it starts: a cluster formed this way needs no MEET and no gossip. */
import { SHARED } from '../fleet/types.js';
import type { ShardInfo } from '../workload/recording.js';
import { type Access, accessConf } from './access.js';
import { DATA, persistenceLines, savePoints } from './persistence.js';
import type { Server, TopologySpec } from './types.js';

export const PORT = 6379;
/** While nodes are still starting a short node-timeout would fail the slow ones over before the drill begins. */
const BOOT_NODE_TIMEOUT = 60_000;

export interface Seat {
  name: string;
  id: string;
  ip: string;
  shard: number;
  role: 'primary' | 'replica';
  primaryId?: string;
  zone?: string | undefined;
}

/** Where a node's two configuration files are in its container. Its data is in DATA, as usual. */
export const pathsOf = ({ name }: { name: string }): { config: string; nodes: string } => ({
  config: `${SHARED}/${name}/redis.conf`,
  nodes: `${SHARED}/${name}/nodes.conf`,
});

export const atLeast = (server: Server, major: number, minor: number): boolean => {
  const [a = 0, b = 0] = server.version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
};

/** Our defaults make a drill repeatable; anything the scenario says wins. */
export function redisConf(spec: TopologySpec, seat: Seat, server: Server, access: Access): string {
  const settings: Record<string, string> = {
    port: String(PORT),
    'protected-mode': 'no',
    daemonize: 'no',
    dir: DATA,
    loglevel: 'notice',
    ...persistenceLines(spec),
    'cluster-enabled': 'yes',
    'cluster-config-file': pathsOf(seat).nodes,
    'cluster-announce-ip': seat.ip,
    'cluster-require-full-coverage': 'yes',
    'repl-diskless-sync-delay': '0',
    'repl-ping-replica-period': '1',
    ...(atLeast(server, 6, 2) && { 'cluster-allow-replica-migration': 'no' }),
    ...(atLeast(server, 7, 0) && { 'enable-debug-command': 'yes', 'enable-protected-configs': 'yes' }),
    ...spec.config,
    'cluster-node-timeout': String(BOOT_NODE_TIMEOUT),
  };
  const lines = Object.entries(settings).flatMap(([key, value]) =>
    (key === 'save' ? savePoints(value) : [value]).map((one) => `${key} ${one}`),
  );
  return `${[...lines, ...accessConf(spec, access, atLeast(server, 6, 2))].join('\n')}\n`;
}

export const nodeTimeout = (spec: TopologySpec): number => Number(spec.config['cluster-node-timeout'] ?? 15_000);

export function nodesConf(seats: readonly Seat[], shards: readonly ShardInfo[], self: Seat): string {
  const lines = seats.map((seat) => {
    const flags = [...(seat === self ? ['myself'] : []), seat.role === 'primary' ? 'master' : 'slave'].join(',');
    const slots =
      seat.role === 'primary' ? shards[seat.shard - 1]!.slots.map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`)) : [];
    return [
      seat.id,
      `${seat.ip}:${PORT}@${PORT + 10_000}`,
      flags,
      seat.primaryId ?? '-',
      0,
      0,
      seat.shard,
      'connected',
      ...slots,
    ].join(' ');
  });
  return `${lines.join('\n')}\nvars currentEpoch ${shards.length} lastVoteEpoch 0\n`;
}

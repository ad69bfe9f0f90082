/** redis.conf and nodes.conf of a node, written before it starts: a cluster formed this way needs no MEET and no gossip. */

import type { BeginRole, Server, ShardInfo } from '../deployment/types.js';
import { atLeast } from '../deployment/versions.js';
import { SHARED } from '../fleet/types.js';
import type { Access } from '../server/access.js';
import { accessConf } from './access.js';
import { directives } from './directives.js';
import { placesOf } from './layout.js';
import { DATA, persistenceLines } from './persistence.js';
import { type Placed, type Settings, settingIn, settingsAmong, settingsFor } from './settings.js';
import { tlsSettings } from './tls.js';
import type { TopologySpec } from './types.js';

export const PORT = 6379;
export const SENTINEL_PORT = 26379;
/** What sentinels call the primary they watch. */
export const primaryNameOf = ({ sentinels }: Pick<TopologySpec, 'sentinels'>): string =>
  sentinels?.primaryName ?? 'redrill';
/** Where nodes gossip. */
export const BUS_PORT = PORT + 10_000;
/** While nodes are still starting a short node-timeout would fail the slow ones over before the drill begins. */
const BOOT_NODE_TIMEOUT = 60_000;

export interface Seat {
  name: string;
  id: string;
  ip: string;
  shard: number;
  role: BeginRole;
  port: number;
  zone?: string | undefined;
  /** The primary that it begins with as a replica. */
  primary?: { id: string; ip: string; name: string };
}

/** Where a node's configuration files are in its container, and (`own`) in the run's share. Its data is in /data, as usual. */
export const pathsOf = ({ name }: { name: string }) => {
  const own = { config: `${name}/redis.conf`, nodes: `${name}/nodes.conf` };
  return { config: `${SHARED}/${own.config}`, nodes: `${SHARED}/${own.nodes}`, own };
};

/** Where a node has its nodes.conf: apart from its data, unless its settings put it there. */
export const nodesFileOf = (spec: Pick<TopologySpec, 'config' | 'configs'>, node: Placed): string =>
  settingIn(settingsFor(spec, node), 'cluster-config-file') ?? pathsOf(node).nodes;

/** Our defaults make a drill repeatable; anything the scenario says wins. */
export function redisConf(spec: TopologySpec, seat: Seat, server: Server, access: Access): string {
  const settings: Settings = {
    port: String(seat.port),
    'protected-mode': 'no',
    daemonize: 'no',
    dir: DATA,
    loglevel: 'notice',
    ...persistenceLines(spec),
    'repl-diskless-sync-delay': '0',
    'repl-ping-replica-period': '1',
    ...(atLeast(server, 7, 0) && { 'enable-debug-command': 'yes', 'enable-protected-configs': 'yes' }),
    ...(spec.kind === 'cluster' ? clusterSettings(seat, server) : replicaSettings(seat, spec)),
    ...settingsFor(spec, seat),
    ...(spec.tls && tlsSettings(seat.port)),
    ...(spec.kind === 'cluster' && { 'cluster-node-timeout': String(BOOT_NODE_TIMEOUT) }),
  };
  return `${[...directives(settings), ...accessConf(spec, access, atLeast(server, 6, 2))].join('\n')}\n`;
}

const clusterSettings = (seat: Seat, server: Server): Record<string, string> => ({
  'cluster-enabled': 'yes',
  'cluster-config-file': pathsOf(seat).nodes,
  'cluster-announce-ip': seat.ip,
  'cluster-require-full-coverage': 'yes',
  ...(atLeast(server, 6, 2) && { 'cluster-allow-replica-migration': 'no' }),
});

const replicaSettings = ({ name, primary }: Seat, { sentinels }: TopologySpec): Record<string, string> => ({
  ...(primary && { replicaof: `${sentinels?.hostnames ? primary.name : primary.ip} ${PORT}` }),
  ...(sentinels?.hostnames && { 'replica-announce-ip': name }),
});

/** Containers of a topology: servers, then sentinels. */
export const countNodes = ({
  sentinels,
  spares = 0,
  strangers,
  ...layout
}: Pick<TopologySpec, 'shards' | 'replicas' | 'perShard' | 'sentinels' | 'spares' | 'strangers'>): number =>
  placesOf(layout).length + (sentinels?.count ?? 0) + spares + (strangers?.count ?? 0);

const ofCluster = (value: string | undefined): number => Number(value ?? 15_000);

/**
 * ms of silence after which a peer suspects a node: cluster-node-timeout, or the sentinels' down-after-milliseconds. 0: nobody looks.
 * The longest, where nodes have different ones.
 */
export const nodeTimeout = (spec: TopologySpec): number =>
  spec.kind === 'cluster' ? Math.max(...timeoutsAmong(spec)) : (spec.sentinels?.downAfter ?? 0);

export const leastNodeTimeout = (spec: TopologySpec): number =>
  spec.kind === 'cluster' ? Math.min(...timeoutsAmong(spec)) : nodeTimeout(spec);

const timeoutsAmong = (spec: TopologySpec): number[] => settingsAmong(spec, 'cluster-node-timeout').map(ofCluster);

/** Of a node of a cluster. */
export const nodeTimeoutOf = (spec: TopologySpec, node: Placed): number =>
  ofCluster(settingIn(settingsFor(spec, node), 'cluster-node-timeout'));

/** `epochs`: how many were used up before the first shard's. */
export function nodesConf(seats: readonly Seat[], shards: readonly ShardInfo[], self: Seat, epochs = 0): string {
  const lines = seats.map((seat) => {
    const flags = [...(seat === self ? ['myself'] : []), seat.role === 'primary' ? 'master' : 'slave'].join(',');
    const slots =
      seat.role === 'primary'
        ? (shards[seat.shard - 1]?.slots ?? []).map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`))
        : [];
    return [
      seat.id,
      `${seat.ip}:${PORT}@${BUS_PORT}`,
      flags,
      seat.primary?.id ?? '-',
      0,
      0,
      seat.shard > 0 ? epochs + seat.shard : 0,
      'connected',
      ...slots,
    ].join(' ');
  });
  return `${lines.join('\n')}\nvars currentEpoch ${shards.length > 0 ? epochs + shards.length : 0} lastVoteEpoch 0\n`;
}

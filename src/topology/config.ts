/** Where the nodes of a topology stand, where their files are, and the nodes.conf of a cluster. */

import type { BeginRole, ShardInfo } from '../deployment/types.js';
import { SHARED } from '../fleet/types.js';
import { type Placed, settingIn, settingsFor } from './settings.js';
import type { TopologySpec } from './types.js';

export const PORT = 6379;
export const SENTINEL_PORT = 26379;
/** What sentinels call the primary they watch. */
export const primaryNameOf = ({ sentinels }: Pick<TopologySpec, 'sentinels'>): string =>
  sentinels?.primaryName ?? 'redrill';
/** Where nodes gossip. */
export const BUS_PORT = PORT + 10_000;

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

/** ms; what a server has without being told. */
export const ofCluster = (value: string | undefined): number => Number(value ?? 15_000);

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

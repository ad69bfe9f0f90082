/** One primary and its replicas, with sentinels or without anybody who decides. */

import { watches } from '../deployment/roles.js';
import { ONE_SHARD } from '../deployment/slots.js';
import { addressesOf } from '../server/addresses.js';
import { identitiesOf } from '../server/identities.js';
import { looksAtReplicated } from '../server/looks.js';
import type { Entry } from '../server/types.js';
import { beginNodes, infoOf, preparedFor, topologyOf, untilReady } from './begin.js';
import { makeAccess } from './certificates.js';
import { PORT, pathsOf, primaryNameOf, redisConf, SENTINEL_PORT, type Seat } from './config.js';
import { makeDisks } from './persistence.js';
import { sentinelConf } from './sentinel-conf.js';
import type { Begun, ManagedNode, Start } from './types.js';
import { zoneOf, zoneOfSentinel } from './zones.js';

export async function startReplicated(start: Start): Promise<Begun> {
  const { spec, fleet, image } = start;
  const seats = seatsOf(start);
  const { access, files: tls } = await makeAccess(spec, seats, start.secrets);
  const files = seats.map((seat) => [
    pathsOf(seat).own.config,
    seat.role === 'sentinel'
      ? sentinelConf(spec, seats, seat, access)
      : redisConf(spec, seat, preparedFor(start, seat).server, access),
  ]);
  const servers = seats.filter(({ role }) => role !== 'sentinel');
  await Promise.all([
    fleet.share({ ...Object.fromEntries(files), ...tls }),
    makeDisks(spec, fleet, servers, image.ref),
  ]);
  const info = infoOf(start, seats);
  const identities = identitiesOf(info);
  const all = await beginNodes(start, seats, identities, access);
  const addresses = addressesOf(info);
  const topology = topologyOf(start, all, info, {
    access,
    identities,
    addresses,
    shards: ONE_SHARD,
    replicas: [spec.replicas],
    ...(spec.kind === 'replication' && { entry: entryAt(all[0]!) }),
    ...looksAtReplicated({
      kind: spec.kind === 'sentinel' ? 'sentinel' : 'replication',
      servers: servers.map(({ name }) => name),
      primaryName: primaryNameOf(spec),
      sentinels: spec.sentinels && {
        names: new Set(seats.filter(watches).map(({ name }) => name)),
        quorum: spec.sentinels.quorum,
      },
      replicas: spec.replicas,
      identities,
      addresses,
    }),
  });
  return {
    topology,
    ready: () => untilReady(topology, start, `${spec.kind} topology of ${all.length} nodes is ready`),
  };
}

function seatsOf({ spec, fleet, nodeIds }: Start): Seat[] {
  const servers = 1 + spec.replicas;
  const primary = { id: nodeIds[0]!, ip: fleet.address(0), name: 'node-1' };
  return nodeIds.map((id, i): Seat => {
    const seat = { id, ip: fleet.address(i), shard: 1 };
    if (i >= servers) {
      const zone = zoneOfSentinel(spec, i - servers);
      return { ...seat, name: `sentinel-${i - servers + 1}`, port: SENTINEL_PORT, role: 'sentinel', zone };
    }
    const node = { ...seat, name: `node-${i + 1}`, port: PORT, zone: zoneOf(spec, i) };
    return i === 0 ? { ...node, role: 'primary' } : { ...node, role: 'replica', primary };
  });
}

function entryAt(first: ManagedNode): Entry<ManagedNode> {
  const listeners: ((node: ManagedNode) => void)[] = [];
  let node = first;
  return {
    get node() {
      return node;
    },
    move: (to) => {
      node = to;
      for (const listener of listeners) listener(to);
    },
    onMove: (listener) => void listeners.push(listener),
  };
}

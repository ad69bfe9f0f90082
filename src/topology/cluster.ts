/** Shards × (1 + replicas) nodes, ready: all agree, all slots served, replicas in sync, a write and a read done on each shard. */
import { until } from '../core/until.js';
import { parseInfo } from '../deployment/nodes-text.js';
import { isOutsider } from '../deployment/roles.js';
import { dealSlots } from '../deployment/slots.js';
import type { Fleet } from '../fleet/types.js';
import { addressesOf } from '../server/addresses.js';
import { identitiesOf } from '../server/identities.js';
import { looksInCluster } from '../server/looks.js';
import { beginNodes, infoOf, preparedFor, topologyOf, untilReady } from './begin.js';
import { makeAccess } from './certificates.js';
import { nodesConf, nodesFileOf, nodeTimeoutOf, PORT, pathsOf, redisConf, type Seat } from './config.js';
import { placesOf, replicasByShard, wantedReplicas } from './layout.js';
import { outsiderConf, outsidersIn } from './outsiders.js';
import { makeDisks } from './persistence.js';
import { placeOf } from './settings.js';
import type { Begun, Start, Topology, TopologySpec } from './types.js';
import { zoneOf } from './zones.js';

export async function startCluster(start: Start): Promise<Begun> {
  const { spec, fleet, image, nodeIds } = start;
  const shards = dealSlots(spec.shards);
  const seats = seatsOf(spec, fleet, nodeIds);
  const members = seats.filter(({ role }) => !isOutsider(role));
  const { access, files: tls } = await makeAccess(spec, seats, start.secrets);
  const knows = (seat: Seat): string =>
    isOutsider(seat.role) ? outsiderConf(seat, seats, spec) : nodesConf(members, shards, seat);
  const apart = (seat: Seat): boolean => nodesFileOf(spec, seat) === pathsOf(seat).nodes;
  const files = seats.flatMap((seat) => [
    [pathsOf(seat).own.config, redisConf(spec, seat, preparedFor(start, seat).server, access)],
    ...(apart(seat) ? [[pathsOf(seat).own.nodes, knows(seat)]] : []),
  ]);
  const shared = { ...Object.fromEntries(files), ...tls };
  await Promise.all([fleet.share(shared), makeDisks(spec, fleet, seats, image.ref)]);
  // A primary serves 2 s after its start (CLUSTER_WRITABLE_DELAY): primaries come first, so that replicas start and
  // synchronise in that shadow.
  const info = infoOf(start, seats);
  const identities = identitiesOf(info);
  const addresses = addressesOf(info);
  const nodes = await beginNodes(start, seats, identities, access, (seat) =>
    apart(seat) ? {} : { [nodesFileOf(spec, seat)]: knows(seat) },
  );
  const topology = topologyOf(start, nodes, info, {
    access,
    identities,
    addresses,
    shards,
    replicas: replicasByShard(spec),
    ...looksInCluster({
      identities,
      addresses,
      shards,
      replicas: wantedReplicas(spec),
      outsiders: new Set(outsidersIn(spec).map(({ name }) => name)),
    }),
  });
  return {
    topology,
    ready: () =>
      untilReady(topology, start, `${members.length} nodes form a cluster`, async () => {
        await outsidersReady(topology, start);
        await setTimeouts(topology);
      }),
  };
}

function seatsOf(spec: TopologySpec, fleet: Fleet, ids: readonly string[]): Seat[] {
  const members = placesOf(spec).map(({ shard }, i): Seat => {
    const id = ids[i]!;
    const seat = { name: `node-${i + 1}`, id, ip: fleet.address(i), port: PORT, shard, zone: zoneOf(spec, i) };
    if (i < spec.shards) return { ...seat, role: 'primary' };
    return {
      ...seat,
      role: 'replica',
      primary: { id: ids[shard - 1]!, ip: fleet.address(shard - 1), name: `node-${shard}` },
    };
  });
  const others = outsidersIn(spec).map(({ name, role }, i): Seat => {
    const index = members.length + i;
    return { name, id: ids[index]!, ip: fleet.address(index), port: PORT, shard: 0, role };
  });
  return [...members, ...others];
}

/** A spare answers; strangers are a cluster that serves. */
async function outsidersReady({ nodes }: Topology, { signal, budget = 60_000 }: Start): Promise<void> {
  await Promise.all(
    nodes
      .filter(({ initial }) => isOutsider(initial.role))
      .map((node) =>
        until(
          async () => parseInfo(String(await node.call(['CLUSTER', 'INFO'], { timeout: 500 }))).get('cluster_state'),
          (state) => state === 'ok' || (node.initial.role === 'spare' && state !== undefined),
          { describe: `${node.name} is ready`, within: budget, every: 20, signal },
        ),
      ),
  );
}

/** ms: many nodes that write their configuration to one disk at the same time. */
const PATIENCE = 20_000;

/** Booted with a long one; a restarted node must come back with the scenario's, not with that. */
async function setTimeouts({ nodes, spec }: Topology): Promise<void> {
  await Promise.all(
    nodes.map(async (node) => {
      const timeout = String(nodeTimeoutOf(spec, placeOf(node)));
      await node.call(['CONFIG', 'SET', 'cluster-node-timeout', timeout], { timeout: PATIENCE });
      await node.call(['CONFIG', 'REWRITE'], { timeout: PATIENCE });
    }),
  );
}

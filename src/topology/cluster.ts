import type { Clock } from '../core/clock.js';
import { RedrillError } from '../core/errors.js';
import { inOrder } from '../core/in-order.js';
import { until } from '../core/until.js';
import type { Fleet } from '../fleet/types.js';
import type { NodeInfo } from '../workload/recording.js';
import { accessOf, redact } from './access.js';
import { nodesConf, nodeTimeout, PORT, pathsOf, redisConf, type Seat } from './config.js';
import type { Connection } from './connection.js';
import { identitiesOf } from './identities.js';
import { consensus, lookAt } from './look.js';
import { makeNode } from './node.js';
import { DATA, makeDisks } from './persistence.js';
import { dealSlots, inRanges, tagFor } from './slots.js';
import type { Start } from './start.js';
import type { ClusterView, Topology, TopologySpec } from './types.js';
import { zoneOf } from './zones.js';

/** Containers being made at the same time: enough to keep an engine busy, few enough to keep their order. */
const AT_ONCE = (nodes: number): number => Math.max(3, Math.ceil(nodes / 6));

/** A server that refuses its configuration is gone at once: no use in waiting for it. */
const ASK_AFTER = 1000;

/** Shards × (1 + replicas) nodes, ready: all agree, all slots served, replicas in sync, a write and a read done on each shard. */
export async function startCluster({
  spec,
  fleet,
  image,
  server,
  clock,
  nodeIds,
  signal,
  onStarted,
  budget = 60_000,
}: Start): Promise<Topology> {
  const shards = dealSlots(spec.shards);
  const seats = seatsOf(spec, fleet, nodeIds);
  const access = accessOf(spec);
  const files = seats.flatMap((seat) => [
    [`${seat.name}/redis.conf`, redisConf(spec, seat, server, access)],
    [`${seat.name}/nodes.conf`, nodesConf(seats, shards, seat)],
  ]);
  await Promise.all([fleet.share(Object.fromEntries(files)), makeDisks(spec, fleet, seats, image.ref)]);
  const binary = server.product === 'valkey' ? 'valkey-server' : 'redis-server';
  const begin = async (seat: Seat) => {
    const container = await fleet.create(
      {
        name: seat.name,
        image: image.ref,
        command: [binary, pathsOf(seat).config],
        workdir: DATA,
        files: {},
        ports: [PORT],
        ...(spec.memory !== undefined && { memory: spec.memory }),
        ...(spec.cpus !== undefined && { cpus: spec.cpus }),
      },
      seat.ip,
    );
    signal.throwIfAborted();
    await container.start();
    return container;
  };
  // A primary serves 2 s after its start (CLUSTER_WRITABLE_DELAY): primaries come first, so that replicas start and
  // synchronise in that shadow.
  const info = seats.map(
    (seat): NodeInfo => ({
      name: seat.name,
      id: seat.id,
      address: `${seat.ip}:${PORT}`,
      shard: seat.shard,
      role: seat.role,
      ...(seat.zone !== undefined && { zone: seat.zone }),
    }),
  );
  const identities = identitiesOf(info);
  const nodes = (await inOrder(seats, AT_ONCE(seats.length), begin)).map((container, index) =>
    makeNode(index, seats[index]!, container, access.harness, identities),
  );

  const topology: Topology = {
    kind: 'cluster',
    fleet,
    nodes,
    shards,
    server,
    image: { name: image.name, id: image.id, origin: image.origin },
    spec,
    access,
    info,
    identities,
    node: (name) => {
      const found = nodes.find((node) => node.name === name);
      if (!found) throw new RedrillError('BUG', `no node is called ${name}`);
      return found;
    },
    look: () => lookAround(topology, clock),
    [Symbol.asyncDispose]: async () => {
      for (const node of nodes) node.close();
    },
  };
  onStarted?.(topology);
  await ready(topology, clock, budget, signal);
  return topology;
}

function seatsOf(spec: TopologySpec, fleet: Fleet, ids: readonly string[]): Seat[] {
  // Primaries first, then the first replica of each shard, then the second: node-1 … node-S are the initial primaries.
  return ids.map((id, i) => {
    const shard = (i % spec.shards) + 1;
    const seat = { name: `node-${i + 1}`, id, ip: fleet.address(i), shard, zone: zoneOf(spec, i) };
    return i < spec.shards ? { ...seat, role: 'primary' } : { ...seat, role: 'replica', primaryId: ids[shard - 1]! };
  });
}

async function lookAround(topology: Topology, clock: Clock): Promise<ClusterView> {
  const views = await Promise.all(
    topology.nodes.map(async (node) => {
      const connection = node.open({ connectTimeout: 500 });
      try {
        return await lookAt(node, connection, topology.identities, clock.now, 1000);
      } finally {
        connection.close();
      }
    }),
  );
  return consensus(
    new Map(views.map((view) => [view.node, view])),
    topology.shards,
    topology.spec.replicas,
    clock.now(),
  );
}

async function ready(topology: Topology, clock: Clock, budget: number, signal: AbortSignal): Promise<void> {
  const connections = new Map<string, Connection>();
  let asked = clock.now();
  const poll = async (): Promise<{ view: ClusterView; dead: string | undefined }> => {
    const views = await Promise.all(
      topology.nodes.map((node) => {
        let connection = connections.get(node.name);
        if (!connection || connection.closed) {
          connection = node.open({ connectTimeout: 500 });
          connections.set(node.name, connection);
        }
        return lookAt(node, connection, topology.identities, clock.now, 1000);
      }),
    );
    const view = consensus(
      new Map(views.map((one) => [one.node, one])),
      topology.shards,
      topology.spec.replicas,
      clock.now(),
    );
    if (clock.now() - asked < ASK_AFTER) return { view, dead: undefined };
    asked = clock.now();
    return { view, dead: await whoEnded(topology, view) };
  };
  try {
    const formed = await until(poll, ({ view, dead }) => dead !== undefined || view.problems.length === 0, {
      describe: `${topology.nodes.length} nodes form a cluster`,
      within: budget,
      every: Math.max(20, topology.nodes.length * 2),
      signal,
      show: ({ view }) => view.problems.slice(0, 3).join('; '),
    });
    if (formed.dead !== undefined) throw new Error(formed.dead);
    await Promise.all(topology.shards.map((shard) => writeAndRead(topology, shard.shard)));
    const timeout = String(nodeTimeout(topology.spec));
    await Promise.all(
      topology.nodes.map(async (node) => {
        await node.call(['CONFIG', 'SET', 'cluster-node-timeout', timeout]);
        // A restarted node must come back with the scenario's timeout, not the boot one.
        await node.call(['CONFIG', 'REWRITE']);
      }),
    );
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RedrillError('NOT_READY', (error as Error).message, {
      cause: error,
      hint: 'see logs/ in the run folder for what the servers said',
    });
  } finally {
    for (const connection of connections.values()) connection.close();
  }
}

async function whoEnded(topology: Topology, view: ClusterView): Promise<string | undefined> {
  for (const node of topology.nodes) {
    if (view.nodes.get(node.name)?.reachable) continue;
    const { status, exitCode } = await node.container.state();
    if (status !== 'exited') continue;
    const said = (await node.container.logs()).slice(-4).map((line) => line.text.trim());
    const text = said.filter((line) => line !== '').join(' / ');
    // A server that refuses its configuration quotes the line, password and all.
    return redact(`${node.name} ended with exit code ${exitCode}: ${text}`, topology.access.secrets);
  }
  return undefined;
}

async function writeAndRead(topology: Topology, shard: number): Promise<void> {
  const info = topology.shards[shard - 1]!;
  const owner = topology.nodes.find((node) => node.initial.shard === shard && node.initial.role === 'primary')!;
  const key = `{${tagFor((slot) => inRanges(slot, info.slots))}}:redrill:ready`;
  await owner.call(['SET', key, '1']);
  if ((await owner.call(['GET', key])) !== '1') throw new Error(`shard ${shard} does not return what was written`);
  await owner.call(['DEL', key]);
}

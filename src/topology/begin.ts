/** Creating and starting the containers of a topology, and waiting until it is ready. */
import { RedrillError } from '../core/errors.js';
import { inOrder } from '../core/in-order.js';
import { until } from '../core/until.js';
import { watches } from '../deployment/roles.js';
import { inRanges, tagFor } from '../deployment/slots.js';
import type { ClusterView } from '../deployment/types.js';
import type { Container } from '../fleet/types.js';
import type { NodeInfo } from '../recording/recording.js';
import type { Access } from '../server/access.js';
import type { Connection } from '../server/connection.js';
import { deploymentOf } from '../server/deployment.js';
import type { Identities } from '../server/identities.js';
import { type Connect, lookAround, openLine } from '../server/look-around.js';
import { FEW } from '../server/pace.js';
import { ReplyError } from '../server/resp.js';
import { redact } from './access.js';
import { pathsOf, primaryNameOf, type Seat } from './config.js';
import { farthest } from './links.js';
import { imageFor } from './mixed.js';
import { makeNode } from './node.js';
import { DATA } from './persistence.js';
import { programOf } from './server.js';
import { ownSettings, type Settings } from './settings.js';
import { nodeTimeout } from './silence.js';
import type { ManagedNode, PreparedImage, Start, Topology } from './types.js';

/** Containers being made at the same time: enough to keep an engine busy, few enough to keep their order. */
const AT_ONCE = (nodes: number): number => Math.max(3, Math.ceil(nodes / 6));
/** While replicas wait for their primary there is time for others. */
const MEANWHILE = 3;
/** A server that refuses its configuration is gone at once: no use in waiting for it. */
const ASK_AFTER = 1000;

export type OpenNode = ManagedNode & { close(): void };

/** What a node begins with. */
export function preparedFor(
  { spec, image, server, images }: Start,
  node: Pick<Seat, 'name' | 'role' | 'zone'>,
): PreparedImage {
  const name = imageFor(spec, node);
  const prepared = name === spec.image ? { image, server } : images?.get(name);
  if (!prepared) throw new RedrillError('BUG', `the image ${name} was not prepared`);
  return prepared;
}

/**
 * One container for each seat, started in their order. Their configuration files are in the fleet's share by now. A replica
 * that finds nobody where its primary should be asks again after a second.
 * @param inTurn the primary is made before anybody else, and replicas start after it.
 * @param own files that a node has elsewhere than in the share.
 */
export async function beginNodes(
  start: Start,
  seats: readonly Seat[],
  identities: Identities,
  access: Access,
  inTurn: boolean,
  own: (seat: Seat) => Record<string, string>,
) {
  const { spec, fleet, signal } = start;
  const make = (seat: Seat): Promise<Container> => {
    const { image, server } = preparedFor(start, seat);
    return fleet.create(
      {
        name: seat.name,
        image: image.ref,
        command: [programOf(server), pathsOf(seat).config, ...(watches(seat) ? ['--sentinel'] : [])],
        workdir: DATA,
        files: own(seat),
        ports: [seat.port],
        ...(spec.memory !== undefined && { memory: spec.memory }),
        ...(spec.cpus !== undefined && { cpus: spec.cpus }),
      },
      seat.ip,
    );
  };
  let primary: { made: Promise<unknown>; up: Promise<unknown> } | undefined;
  return inOrder(seats, AT_ONCE(seats.length) + (inTurn ? MEANWHILE : 0), (seat, index) => {
    const before = primary;
    const made = Promise.resolve(before?.made).then(() => make(seat));
    const up = made.then(async (container) => {
      if (seat.role === 'replica') await before?.up;
      signal.throwIfAborted();
      await container.start();
      return makeNode(index, seat, container, access, identities, preparedFor(start, seat).server);
    });
    if (inTurn) primary ??= { made, up };
    return up;
  });
}

/** The recording's picture of the nodes, in their order. */
export const infoOf = (start: Start, seats: readonly Seat[]): NodeInfo[] =>
  seats.map(({ name, id, ip, port, shard, role, zone }) => ({
    name,
    id,
    address: `${ip}:${port}`,
    shard,
    role,
    ...(zone !== undefined && { zone }),
    ...withOwn(ownSettings(start.spec, { name, role, zone })),
    ...(start.spec.images && { server: preparedFor(start, { name, role, zone }).server }),
  }));

const withOwn = (config: Settings): { config?: Settings } => (Object.keys(config).length > 0 ? { config } : {});

type Own = Pick<Topology, 'access' | 'identities' | 'addresses' | 'shards' | 'replicas' | 'lookAt' | 'consensus'> &
  Partial<Pick<Topology, 'entry'>>;

/** Everything of a topology that its kind does not decide. `begun`: what its nodes began as. */
export function topologyOf(start: Start, all: readonly OpenNode[], begun: readonly NodeInfo[], own: Own): Topology {
  const { spec, fleet, image, server, clock } = start;
  const known = {
    kind: spec.kind,
    all,
    primaryName: primaryNameOf(spec),
    nodeTimeout: nodeTimeout(spec),
    watch: spec.sentinels,
    roundTrip: farthest(spec),
    ...own,
  };
  return {
    ...deploymentOf<ManagedNode>(known, clock.now),
    fleet,
    server,
    image: { name: image.name, id: image.id, origin: image.origin },
    spec,
    get info() {
      return begun.map((node) => withLater(node, own));
    },
    [Symbol.asyncDispose]: async () => {
      for (const node of all) node.close();
    },
  };
}

function withLater(node: NodeInfo, { identities, addresses }: Pick<Own, 'identities' | 'addresses'>): NodeInfo {
  const [laterIds, laterAddresses] = [identities.laterIds(node.name), addresses.later(node.name)];
  return {
    ...node,
    ...(laterIds.length > 0 && { laterIds }),
    ...(laterAddresses.length > 0 && { laterAddresses: [...laterAddresses] }),
  };
}

/** Resolves when nothing is wrong any more and each shard has taken a write. @throws NOT_READY, with what a dead server said. */
export async function untilReady(
  topology: Topology,
  { clock, signal, budget = 60_000 }: Start,
  describe: string,
  finish: () => Promise<void> | undefined,
): Promise<void> {
  const connections = new Map<string, Connection>();
  const kept: Connect = (node) => {
    let connection = connections.get(node.name);
    if (!connection || connection.closed) {
      connection = openLine(node);
      connections.set(node.name, connection);
    }
    return { connection, once: false };
  };
  let asked = clock.now();
  const poll = async (): Promise<{ view: ClusterView; dead: string | undefined }> => {
    const view = await lookAround(topology, clock.now, kept);
    if (clock.now() - asked < ASK_AFTER) return { view, dead: undefined };
    asked = clock.now();
    return { view, dead: await whoEnded(topology, view) };
  };
  try {
    const formed = await until(poll, ({ view, dead }) => dead !== undefined || view.problems.length === 0, {
      describe,
      within: budget,
      // Whole tables of all nodes.
      every: Math.max(20, topology.all.length * (topology.all.length > FEW ? 6 : 2)),
      signal,
      show: ({ view }) => view.problems.slice(0, 3).join('; '),
    });
    if (formed.dead !== undefined) throw new Error(formed.dead);
    await Promise.all(topology.shards.map((shard) => writeAndRead(topology, shard.shard)));
    await finish();
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
  for (const node of topology.all) {
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
  try {
    await owner.call(['SET', key, '1']);
  } catch (error) {
    // It leads, and its settings keep everybody from writing: a deployment may be meant so.
    if (error instanceof ReplyError && error.code === 'NOREPLICAS') return;
    throw error;
  }
  if ((await owner.call(['GET', key])) !== '1') throw new Error(`shard ${shard} does not return what was written`);
  await owner.call(['DEL', key]);
}

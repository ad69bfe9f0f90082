/** (a) How long until a cluster can be used: ours, the floor, and the usual way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../core/until.js';
import { parseInfo } from '../deployment/nodes-text.js';
import { engineAnswers, resolveImage } from '../fleet/index.js';
import { Connection } from '../server/connection.js';
import { bareFloor, IMAGE, type Started, startFrom, startOurs, stopOurs } from './cluster.js';
import { show, summarise, table } from './stats.js';

/** CLUSTER_WRITABLE_DELAY: a primary serves 2 s after its start at the earliest, whoever starts it. */
const WRITABLE_DELAY = 2000;

export async function benchReady(rounds: number): Promise<string> {
  const ours: number[] = [];
  const floors: number[] = [];
  const bare: number[] = [];
  const usual: number[] = [];
  for (let i = 0; i < rounds; i++) {
    // Side by side in each round: the machine's mood of the minute hits all of them.
    floors.push((await bareFloor(6)).start + WRITABLE_DELAY);
    bare.push((await bareFloor(6, 'default')).start + WRITABLE_DELAY);
    const started = await startOurs(3, 1, 2000);
    await stopOurs(started);
    ours.push(started.ms);
    usual.push(await theUsualWay());
  }
  return compare(floors, [
    ['floor: the 6 containers started bare in parallel + 2 s', floors],
    ["the same on the engine's default network", bare],
    ['redrill: 6 nodes ready', ours],
    ['testcontainers + redis-cli --cluster create, replicas in sync', usual],
  ]);
}

/** One primary, two replicas and three sentinels: nothing has to be waited for but the containers. */
export async function benchSentinel(rounds: number): Promise<string> {
  const ours: number[] = [];
  const floors: number[] = [];
  for (let i = 0; i < rounds; i++) {
    floors.push((await bareFloor(6)).start);
    const started = await startFrom({ kind: 'sentinel', replicas: 2, image: IMAGE });
    await stopOurs(started);
    ours.push(started.ms);
  }
  return compare(floors, [
    ['floor: the 6 containers started bare in parallel', floors],
    ['redrill: 1 primary, 2 replicas in sync, 3 sentinels that know all of them and each other', ours],
  ]);
}

function compare(floors: readonly number[], rows: readonly (readonly [string, readonly number[]])[]): string {
  const floor = summarise(floors).median;
  return table(
    ['what', 'ms: median (min–max)', 'ratio to the floor'],
    rows.map(([what, values]) => [what, show(summarise(values), 0), (summarise(values).median / floor).toFixed(2)]),
  );
}

/** 60 nodes: the floor is the bare start itself. */
export async function benchSixty(rounds: number): Promise<string> {
  const ours: number[] = [];
  const floors: number[] = [];
  const bare: number[] = [];
  let healthy = 0;
  for (let i = 0; i < rounds; i++) {
    floors.push((await bareFloor(60)).start);
    bare.push((await bareFloor(60, 'default')).start);
    const started = await startOurs(20, 2, 5000);
    ours.push(started.ms);
    if (await staysHealthy(started)) healthy++;
    await stopOurs(started);
  }
  return compare(floors, [
    ['floor: the 60 containers started bare in parallel', floors],
    ["the same on the engine's default network", bare],
    [`redrill: 60 nodes ready; healthy for 12 s at node-timeout 5 s in ${healthy} of ${rounds}`, ours],
  ]);
}

/** Under the scenario's own node-timeout, for more than twice as long as that. */
async function staysHealthy({ topology }: Started): Promise<boolean> {
  const end = performance.now() + 12_000;
  while (performance.now() < end) {
    if ((await topology.look()).problems.length > 0) return false;
    await sleep(500);
  }
  return true;
}

/** What one would write without redrill: generic containers, redis-cli --cluster create, and a wait for the replicas. */
async function theUsualWay(): Promise<number> {
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  const { GenericContainer, Network, Wait } = await import('testcontainers');
  await engineAnswers();
  const { ref } = await resolveImage(IMAGE);
  const labels = { 'redrill.run': 'bench-usual' };
  const from = performance.now();
  const network = await new Network().start();
  const nodes = await Promise.all(
    Array.from({ length: 6 }, () =>
      new GenericContainer(ref)
        .withNetwork(network)
        .withLabels(labels)
        .withCommand([
          'redis-server',
          '--cluster-enabled',
          'yes',
          '--protected-mode',
          'no',
          '--save',
          '',
          '--cluster-node-timeout',
          '2000',
          '--repl-diskless-sync-delay',
          '0',
        ])
        .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
        .start(),
    ),
  );
  const addresses = nodes.map((node) => node.getIpAddress(network.getName()));
  const created = await nodes[0]!.exec([
    'redis-cli',
    '--cluster',
    'create',
    ...addresses.map((ip) => `${ip}:6379`),
    '--cluster-replicas',
    '1',
    '--cluster-yes',
  ]);
  if (created.exitCode !== 0) throw new Error(`redis-cli --cluster create: ${created.output.slice(-300)}`);
  const connections = addresses.map((host) => new Connection({ host, port: 6379 }));
  await until(
    () =>
      Promise.all(
        connections.map(
          async (c) =>
            [
              parseInfo(String(await c.call(['CLUSTER', 'INFO']))),
              parseInfo(String(await c.call(['INFO', 'replication']))),
            ] as const,
        ),
      ),
    (all) =>
      all.every(
        ([cluster, info]) =>
          cluster.get('cluster_state') === 'ok' &&
          (info.get('role') === 'slave'
            ? info.get('master_link_status') === 'up'
            : info.get('slave0')?.includes('state=online')),
      ),
    { describe: 'cluster ok and replicas in sync', within: 60_000, every: 20, show: () => 'not yet' },
  );
  const ms = performance.now() - from;
  for (const connection of connections) connection.close();
  for (const node of nodes) await node.stop({ remove: true, timeout: 0 });
  await network.stop();
  return ms;
}

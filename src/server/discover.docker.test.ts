/** Servers that nobody of redrill formed, in containers that its topology knows nothing of: all that is known is one address. */
import { expect, test } from 'vitest';
import { startClock } from '../core/clock.js';
import { until } from '../core/until.js';
import { slotOwner } from '../deployment/consensus.js';
import type { ClusterView } from '../deployment/types.js';
import { openTestFleet, server } from '../fleet/testing/fleet.js';
import type { Container, Fleet } from '../fleet/types.js';
import { carryOutAlone } from '../recovery/testing/carry-out.js';
import { Connection } from './connection.js';
import { type Discovered, discover } from './discover.js';
import { type Observer, observe } from './observer.js';
import type { Reply } from './resp.js';

const PORT = 7000;

/** A server that was given nothing but these settings. */
async function bare(fleet: Fleet, index: number, settings: string[], command = ['redis-server']): Promise<Container> {
  const path = '/data/bare.conf';
  const container = await fleet.create(
    server(`bare-${index}`, {
      command: [command[0]!, path, ...command.slice(1)],
      files: { [path]: [`port ${PORT}`, 'protected-mode no', 'save ""', ...settings, ''].join('\n') },
      ports: [PORT],
    }),
    fleet.address(index),
  );
  await container.start();
  await until(
    () => say(container, 'PING'),
    (reply) => reply === 'PONG',
    { describe: `${container.name} answers`, within: 10_000, every: 20 },
  );
  return container;
}

async function say(container: Container, ...words: (string | number)[]): Promise<Reply> {
  const connection = new Connection(container.endpoint(PORT));
  try {
    return await connection.call(words);
  } finally {
    connection.close();
  }
}

/** Where a server that calls itself by its address on the containers' network is reached from here. */
const waysTo = (containers: readonly Container[]) =>
  new Map(containers.map((container) => [`${container.ip}:${PORT}`, container.endpoint(PORT)]));

const seen = (observer: Observer, describe: string, ok: (view: ClusterView) => boolean): Promise<ClusterView> =>
  until(observer.consensus, ok, {
    describe,
    within: 15_000,
    every: 20,
    show: ({ problems }) => problems.slice(0, 3).join('; '),
  });

const whole = (observer: Observer): Promise<ClusterView> =>
  seen(observer, 'nothing is wrong', ({ problems }) => problems.length === 0);

const nameOf = (found: Discovered, { ip }: Container): string =>
  found.all.find(({ announced }) => announced.host === ip)!.name;

test.concurrent('a cluster is found from one address, watched, operated and judged, without a topology', async () => {
  await using fleet = await openTestFleet({ containers: 4 });
  const settings = ['cluster-enabled yes', 'cluster-node-timeout 1000', 'repl-diskless-sync-delay 0'];
  const all = await Promise.all([0, 1, 2, 3].map((i) => bare(fleet, i, settings)));
  const [a, b, c, d] = all as [Container, Container, Container, Container];
  for (const [i, [first, last]] of [
    [0, 5000],
    [5001, 10_000],
    [10_001, 16_383],
  ].entries())
    await say(all[i]!, 'CLUSTER', 'ADDSLOTSRANGE', first!, last!);
  for (const other of [b, c, d]) await say(a, 'CLUSTER', 'MEET', other.ip, PORT);
  const id = String(await say(a, 'CLUSTER', 'MYID'));
  await until(
    () => say(d, 'CLUSTER', 'REPLICATE', id),
    (reply) => reply === 'OK',
    { describe: 'the fourth follows the first', within: 10_000 },
  );
  await until(
    () => say(d, 'CLUSTER', 'INFO'),
    (info) => /cluster_state:ok.*cluster_known_nodes:4/s.test(String(info)),
    { describe: 'they form a cluster', within: 10_000 },
  );

  const clock = startClock();
  const over = new AbortController();
  await using found = await discover({ at: [c.endpoint(PORT)], ways: waysTo(all) }, clock.now);
  expect(found).toMatchObject({ kind: 'cluster', nodeTimeout: 1000, replicas: [1, 0, 0] });
  expect(found.all.map(({ name, announced, initial }) => [name, announced.host, initial])).toEqual([
    ['node-1', a.ip, { role: 'primary', shard: 1 }],
    ['node-2', b.ip, { role: 'primary', shard: 2 }],
    ['node-3', c.ip, { role: 'primary', shard: 3 }],
    ['node-4', d.ip, { role: 'replica', shard: 1 }],
  ]);
  expect(found.shards.map(({ slots }) => slots)).toEqual([[[0, 5000]], [[5001, 10_000]], [[10_001, 16_383]]]);
  const observer = observe(found, clock, over.signal);
  await whole(observer);

  const does = (name: Parameters<typeof carryOutAlone>[3], params: unknown) =>
    carryOutAlone(found, observer, clock, name, params);
  expect(await does('failover', { shard: 1 })).toContain('Promote node-4');
  expect((await whole(observer)).owners.get(1)).toBe('node-4');
  await does('migrate-slots', { slots: '5001-5003', to: 'primary of shard 1' });
  expect(slotOwner(5003, await whole(observer))).toBe('node-4');
  await say(d, 'CLUSTER', 'SETSLOT', 42, 'MIGRATING', found.node('node-3').id);
  expect(await does('repair-slots', {})).toContain('Slot 42: close it on node-4');
  expect(await does('resync-node', { target: 'node-1' })).toContain(
    'Wait until node-1 has copied everything from node-4',
  );
  await whole(observer);

  await b.kill('SIGKILL');
  const lost = await seen(observer, 'the dead one is failed', ({ failed }) => failed.size > 0);
  over.abort();
  expect([...lost.failed]).toEqual([nameOf(found, b)]);
  expect(lost.problems).toContain('node-2 does not answer');
  expect(lost.owners.get(1)).toBe('node-4');
});

test.concurrent('sentinels are found from a replica that they watch, under a name of their own', async () => {
  await using fleet = await openTestFleet({ containers: 3 });
  const primary = await bare(fleet, 0, ['repl-diskless-sync-delay 0']);
  const replica = await bare(fleet, 1, [`replicaof ${primary.ip} ${PORT}`, 'repl-diskless-sync-delay 0']);
  const watch = [`sentinel monitor orders ${primary.ip} ${PORT} 1`, 'sentinel down-after-milliseconds orders 1000'];
  const sentinel = await bare(fleet, 2, watch, ['redis-server', '--sentinel']);

  const clock = startClock();
  const over = new AbortController();
  const ways = waysTo([primary, replica, sentinel]);
  await using found = await discover({ at: [replica.endpoint(PORT)], ways }, clock.now);
  expect(found).toMatchObject({ kind: 'sentinel', primaryName: 'orders', nodeTimeout: 1000, watch: { quorum: 1 } });
  expect(found.all.map(({ name, announced, initial }) => [name, announced.host, initial.role])).toEqual([
    ['node-1', primary.ip, 'primary'],
    ['node-2', replica.ip, 'replica'],
    ['sentinel-1', sentinel.ip, 'sentinel'],
  ]);
  const bySentinel = { at: [sentinel.endpoint(PORT)], ways };
  await using same = await discover(bySentinel, clock.now);
  expect(same.all.map(({ name, id, front }) => [name, id, front])).toEqual(
    found.all.map(({ name, id, front }) => [name, id, front]),
  );
  await expect(discover({ ...bySentinel, primaryName: 'payments' }, clock.now)).rejects.toThrow(
    /watches no "payments"/,
  );
  const observer = observe(found, clock, over.signal);
  await whole(observer);

  const does = (name: Parameters<typeof carryOutAlone>[3], params: unknown) =>
    carryOutAlone(found, observer, clock, name, params);
  await say(replica, 'REPLICAOF', 'NO', 'ONE');
  expect(await does('repoint-replica', { target: 'node-2' })).toContain('Make node-2 follow node-1');
  expect(await does('resync-node', { target: 'node-2' })).toContain('Let node-2 forget what it follows');
  expect((await whole(observer)).owners.get(1)).toBe('node-1');

  await primary.kill('SIGKILL');
  const led = await seen(observer, 'the replica leads', ({ owners }) => owners.get(1) === 'node-2');
  over.abort();
  expect(led.problems).toContain('node-1 does not answer');
});

/** Every procedure on a real cluster, in the situation it is meant for and in one it must refuse. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { until } from '../core/until.js';
import { type AnyFault, faults } from '../faults/index.js';
import { openStage, type Stage } from '../faults/testing/stage.js';
import type { Injected } from '../faults/types.js';
import type { ProcedureStep } from '../recording/deeds.js';
import { pathsOf } from '../topology/config.js';
import type { ManagedNode } from '../topology/types.js';
import { biteOn } from './testing/bite.js';
import { carryOutOn } from './testing/carry-out.js';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ shards: 3, replicas: 1 });
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(() => stage.whole());

const carryOut = (...args: Parameters<typeof carryOutOn> extends [unknown, ...infer Rest] ? Rest : never) =>
  carryOutOn(stage, ...args);

const bite = (fault: AnyFault, target: ManagedNode, written: unknown = {}): Promise<Injected> =>
  biteOn(stage, fault, target, written);

const ownerOf = (shard: number): string | undefined => stage.observer.consensus().owners.get(shard);
const commands = (steps: ProcedureStep[]): string[] =>
  steps.flatMap(({ command }) => (command?.startsWith('CLUSTER FAILOVER') ? [command] : []));

test('failover of a healthy shard is graceful: the replica leads and says what it was behind', async () => {
  const before = ownerOf(1);
  const steps = await carryOut('failover', { shard: 1 });
  expect(commands(steps)).toEqual(['CLUSTER FAILOVER']);
  expect(ownerOf(1)).not.toBe(before);
  expect(steps.some(({ output }) => output?.includes('bytes behind the primary'))).toBe(true);
});

test('failover of a frozen primary uses FORCE, because a majority can still vote', async () => {
  const primary = stage.topology.node(ownerOf(2)!);
  await primary.container.pause();
  try {
    await until(
      () => stage.observer.views().get(primary.name)!.reachable,
      (reachable) => !reachable,
      { describe: 'the primary is silent', within: 5000, every: 10 },
    );
    const steps = await carryOut('failover', { shard: 2 });
    expect(commands(steps)).toEqual(['CLUSTER FAILOVER FORCE']);
    expect(ownerOf(2)).not.toBe(primary.name);
  } finally {
    await primary.container.unpause();
  }
});

test('without a majority only TAKEOVER works, and FORCE is refused with the reason', async () => {
  const primaries = [ownerOf(1)!, ownerOf(2)!].map((name) => stage.topology.node(name));
  await Promise.all(primaries.map((node) => node.container.kill('SIGKILL')));
  try {
    await until(
      () => primaries.some((node) => stage.observer.views().get(node.name)!.reachable),
      (reachable) => !reachable,
      { describe: 'both primaries are gone', within: 5000, every: 10 },
    );
    await expect(carryOut('failover', { shard: 1, mode: 'force' })).rejects.toThrow(
      'FORCE needs the votes of a majority of primaries, 1 of 3 answer; use takeover',
    );
    await expect(carryOut('failover', { shard: 1, mode: 'graceful' })).rejects.toThrow(
      /graceful failover needs node-\d to answer/,
    );
    expect(commands(await carryOut('failover', { shard: 1 }))).toEqual(['CLUSTER FAILOVER TAKEOVER']);
    // One takeover gives the majority back: the second shard can vote again.
    await carryOut('failover', { shard: 2 });
  } finally {
    await Promise.all(primaries.map((node) => node.container.start()));
  }
  await stage.whole();
});

test('restart-node brings a crashed node back as itself and in sync', async () => {
  const [target] = await stage.ctx.resolve('primary of shard 3');
  await bite(faults.segfault, target!);
  await until(
    () => ownerOf(3),
    (owner) => owner !== undefined && owner !== target!.name,
    { describe: 'the replica leads', within: 15_000, every: 10 },
  );
  const steps = await carryOut('restart-node', {}, [target!.name]);
  expect(steps.find(({ command }) => command === 'CLUSTER MYID')?.output).toBe(target!.id);
  expect(steps.at(-1)?.output).toMatch(/^replica, link up, offset \d+/);
});

test('restart-node does not pass off a stranger as the old node', async () => {
  const [target] = await stage.ctx.resolve('replica of shard 1');
  const nodesConf = await target!.container.read(pathsOf(target!).nodes);
  await target!.container.kill('SIGKILL');
  await target!.container.exited();
  await target!.container.write(pathsOf(target!).nodes, '');
  await expect(carryOut('restart-node', { target: target!.name })).rejects.toThrow(
    /came back as [0-9a-f]{40}, an id that .* never met/,
  );
  await target!.container.kill('SIGKILL');
  await target!.container.exited();
  await target!.container.write(pathsOf(target!).nodes, nodesConf);
  await target!.container.start();
});

test('wait-for-heal waits for gossip after the network is whole again', async () => {
  const [target] = await stage.ctx.resolve('primary of shard 1');
  const injected = await bite(faults.isolate, target!);
  const steps = await carryOut('wait-for-heal', { heal: true }, [target!.name], injected.heal);
  expect(steps.at(-1)?.output).toBe('6 nodes agree');
});

test('raise-memory finds the full server, says what it is full of, and makes it take writes again', async () => {
  const [target] = await stage.ctx.resolve('primary of shard 1');
  const injected = await bite(faults['fill-memory'], target!, { headroom: '4mb' });
  try {
    const steps = await carryOut('raise-memory', {});
    expect(steps[0]!.output).toMatch(new RegExp(`^${target!.name}: .* noeviction: data .*MB, client buffers`));
    expect(steps.map(({ command }) => command?.replace(/\d+$/, 'N'))).toEqual([
      'INFO memory',
      'CONFIG SET maxmemory N',
    ]);
    await expect(carryOut('raise-memory', {})).rejects.toThrow('no server is near its maxmemory');
  } finally {
    await injected.heal();
  }
});

test('raise-memory evicts by policy where that is asked for', async () => {
  const [target] = await stage.ctx.resolve('primary of shard 1');
  const injected = await bite(faults['fill-memory'], target!, { headroom: '4mb' });
  try {
    const steps = await carryOut('raise-memory', { policy: 'allkeys-lru' });
    expect(steps.at(-1)?.command).toBe('CONFIG SET maxmemory-policy allkeys-lru');
  } finally {
    await injected.heal();
  }
});

test('rejoin-node lets a primary with a corrupt nodes.conf in again, as a replica of who took over', async () => {
  const [target] = await stage.ctx.resolve('primary of shard 2');
  const before = target!.id;
  const injected = await bite(faults['wipe-config'], target!, { how: 'corrupt' });
  const steps = await carryOut('rejoin-node', {}, [target!.name]);
  expect(steps.map(({ command }) => command)).toContain(`CLUSTER FORGET ${before} on every node`);
  expect(target!.id).not.toBe(before);
  expect(ownerOf(2)).not.toBe(target!.name);
  await stage.whole();
  // What an operator has mended is left alone.
  const after = target!.id;
  await injected.heal();
  expect(target!.id).toBe(after);
  await stage.whole();
});

test('rejoin-node gives a node that took itself for another one an identity of its own', async () => {
  const [target] = await stage.ctx.resolve('replica of shard 1');
  const injected = await bite(faults['wipe-config'], target!, { how: 'foreign' });
  const steps = await carryOut('rejoin-node', {}, [target!.name]);
  expect(steps.at(-1)?.output).toMatch(/^replica, link up/);
  await injected.heal();
  await stage.whole();
});

// It kept its data: as a primary of its own it must be emptied before it may join.
test('rejoin-node empties a lost node that still has keys', async () => {
  const [target] = await stage.ctx.resolve('replica of shard 3');
  const injected = await bite(faults['wipe-config'], target!);
  await target!.call(['DEBUG', 'POPULATE', 5]);
  const steps = await carryOut('rejoin-node', {}, [target!.name]);
  expect(steps.find(({ command }) => command === 'FLUSHALL')?.output).toMatch(/keys/);
  await injected.heal();
  await stage.whole();
});

test('kill-slow finds the client of the slow commands, and leaves the others alone', async () => {
  const [target] = await stage.ctx.resolve('primary of shard 1');
  const injected = await bite(faults['slow-commands'], target!, { command: 'sort', elements: 300_000, rate: '5/s' });
  try {
    const [step, ...more] = await carryOut('kill-slow', {});
    expect(more).toEqual([]);
    expect(step).toMatchObject({
      node: target!.name,
      command: expect.stringMatching(/^CLIENT KILL ID \d+$/),
      output: '1',
    });
    expect(step!.title).toMatch(/ in \d+ × SORT and the like$/);
    await expect(carryOut('kill-slow', { slower_than: '5s' })).rejects.toThrow(
      /a client with commands longer than 5 s, or with 1 MB unread: not within 5 s/,
    );
  } finally {
    await injected.heal();
  }
});

test('kill-slow ends a script that the server is busy with', async () => {
  const [target] = await stage.ctx.resolve('primary of shard 2');
  await target!.call(['CONFIG', 'SET', 'lua-time-limit', 200]);
  const injected = await bite(faults['saturate-cpu'], target!, { how: 'lua', busy: '60s' });
  try {
    const steps = await carryOut('kill-slow', { target: target!.name });
    expect(steps[0]).toMatchObject({ command: 'SCRIPT KILL', output: 'OK' });
  } finally {
    await injected.heal();
    await target!.call(['CONFIG', 'SET', 'lua-time-limit', 5000]);
  }
});

test('kill-slow stops clients that do not read what they asked for', async () => {
  const [target] = await stage.ctx.resolve('primary of shard 3');
  const injected = await bite(faults['fill-client-buffers'], target!, { amount: '8mb', clients: 1 });
  try {
    const steps = await carryOut('kill-slow', { target: target!.name, slower_than: '10s' });
    expect(steps.map(({ title }) => title)).toEqual([expect.stringMatching(/MB of replies to lrange unread$/)]);
  } finally {
    await injected.heal();
  }
});

test('repoint-replica gives a replica the right password, and leaves its primary as it is', async () => {
  const [target] = await stage.ctx.resolve('replica of shard 1');
  const injected = await bite(faults['break-replication-auth'], target!);
  try {
    const steps = await carryOut('repoint-replica', {}, [target!.name]);
    expect(steps.map(({ command }) => command)).toContain('CONFIG SET masterauth ""');
    expect(steps.some(({ title }) => title.endsWith('already'))).toBe(true);
    expect(steps.at(-1)?.output).toMatch(/^replica of node-\d, link up/);
  } finally {
    await injected.heal();
  }
});

test.each([
  ['misdirect-replica', /^CLUSTER REPLICATE [0-9a-f]{40}$/],
  ['reset-replica', /^CLUSTER MEET \S+ 6379; CLUSTER REPLICATE [0-9a-f]{40}$/],
] as const)('repoint-replica mends %s, and healing leaves that alone', async (fault, command) => {
  const [target] = await stage.ctx.resolve('replica of shard 2');
  const injected = await bite(faults[fault], target!);
  const steps = await carryOut('repoint-replica', {}, [target!.name]);
  expect(steps.map((step) => step.command)).toContainEqual(expect.stringMatching(command));
  await injected.heal();
  await stage.whole();
});

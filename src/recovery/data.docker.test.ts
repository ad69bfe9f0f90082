/** The procedures for damaged data, on clusters that keep some. */
import { expect, test } from 'vitest';
import { faults } from '../faults/index.js';
import { openStage } from '../faults/testing/stage.js';
import { biteOn } from './testing/bite.js';
import { carryOutOn } from './testing/carry-out.js';

test('resync-node: a node whose files are damaged copies everything anew, but not one that leads', async () => {
  await using stage = await openStage({ shards: 3, replicas: 1, persistence: 'aof' });
  const [primary] = await stage.ctx.resolve('primary of shard 1');
  const [replica] = await stage.ctx.resolve('replica of shard 1');
  await expect(carryOutOn(stage, 'resync-node', { target: primary!.name })).rejects.toThrow(
    `${primary!.name} leads shard 1 and would lead on without data: fail over to ${replica!.name} first`,
  );

  const injected = await biteOn(stage, faults['corrupt-aof'], primary!);
  const steps = await carryOutOn(stage, 'resync-node', {}, [primary!.name]);
  expect(steps.map(({ command }) => command)).toContain('rm -rf dump.rdb appendonlydir');
  expect(steps.at(-1)!.output).toMatch(/^replica, link up, offset \d+, after a full synchronisation$/);
  // The damaged file is gone: healing the fault must not bring the old one back.
  await injected.heal();
  await stage.whole();
  expect(stage.observer.consensus().owners.get(1)).toBe(replica!.name);
});

test('fix-divergence finds the replica that differs and makes it equal, where a broken link would not', async () => {
  await using stage = await openStage({ shards: 1, replicas: 2 });
  const [replica] = await stage.ctx.resolve('replica');
  const injected = await biteOn(stage, faults['diverge-replica'], replica!);
  await replica!.call(['CLIENT', 'KILL', 'TYPE', 'master']);
  await stage.whole();
  const steps = await carryOutOn(stage, 'fix-divergence', {});
  const compared = steps.filter(({ title }) => title.startsWith('Compare'));
  expect(compared.filter(({ output }) => output?.startsWith('different'))).toHaveLength(1);
  expect(compared.slice(-2).every(({ output }) => output?.startsWith('equal'))).toBe(true);
  await expect(carryOutOn(stage, 'fix-divergence', {})).rejects.toThrow('no replica differs from its primary');
  await injected.heal();
});

test('repair-aof: says how much it cut, and is refused while the server runs', async () => {
  await using stage = await openStage({ shards: 1, replicas: 0, persistence: 'aof' });
  const [primary] = await stage.ctx.resolve('primary');
  await expect(carryOutOn(stage, 'repair-aof', { target: 'primary' })).rejects.toThrow(
    'runs: its append-only file is in use',
  );
  await expect(carryOutOn(stage, 'resync-node', { target: 'primary' })).rejects.toThrow('nobody else holds it');

  await primary!.call(['SET', 'first', '1']);
  for (let n = 0; n < 200; n++) await primary!.call(['SET', `key:${n}`, 'x'.repeat(100)]);
  await primary!.call(['SET', 'last', '1']);
  const injected = await biteOn(stage, faults['corrupt-aof'], primary!);
  const steps = await carryOutOn(stage, 'repair-aof', {}, [primary!.name]);
  expect(steps.find(({ command }) => command?.includes('--fix'))!.output).toMatch(/^[\d.]+ KB of [\d.]+ KB were cut/);
  expect(await primary!.call(['EXISTS', 'first'])).toBe(1);
  expect(await primary!.call(['EXISTS', 'last'])).toBe(0);
  await injected.heal();
  expect(await primary!.call(['EXISTS', 'last'])).toBe(0);
});

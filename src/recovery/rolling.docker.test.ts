/** Planned changes of a whole shard, on a cluster of their own: they leave it with two kinds of server. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tagFor } from '../deployment/slots.js';
import { openStage, type Stage } from '../faults/testing/stage.js';
import { carryOutOn } from './testing/carry-out.js';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ shards: 3, replicas: 1 });
  // An image that has to be built first takes its time.
}, 300_000);
afterAll(() => stage[Symbol.asyncDispose]());

const ownerOf = (shard: number): string => stage.observer.consensus().owners.get(shard)!;

test('rolling-restart restarts the replica, lets it lead, and restarts the former primary', async () => {
  const primary = ownerOf(2);
  const [replica] = await stage.ctx.resolve('replica of shard 2');
  const runs = () => [...stage.observer.views()].map(([name, { runId }]) => `${name} ${runId}`);
  const before = runs();
  const steps = await carryOutOn(stage, 'rolling-restart', { shard: 2 });
  expect(steps.flatMap(({ title }) => (/^(Stop|Promote)/.test(title) ? [title] : []))).toEqual([
    `Stop ${replica!.name}`,
    `Promote ${replica!.name}`,
    `Stop ${primary}`,
  ]);
  const renewed = runs().filter((run) => !before.includes(run));
  expect(renewed.map((run) => run.split(' ')[0])).toEqual([primary, replica!.name].sort());
});

test('upgrade of a shard brings it to another server with its data and its place in the cluster', async () => {
  await stage.whole();
  const primary = ownerOf(3);
  const key = `{${tagFor((slot) => slot > 16_000)}}:kept`;
  await stage.topology.node(primary).call(['SET', key, 'through it all']);
  const steps = await carryOutOn(stage, 'upgrade', { shard: 3, image: 'valkey/valkey:8.1' });
  expect(steps.filter(({ output }) => output?.startsWith('valkey 8.1'))).toHaveLength(2);
  expect(ownerOf(3)).not.toBe(primary);
  expect(await stage.topology.node(ownerOf(3)).call(['GET', key])).toBe('through it all');
  await carryOutOn(stage, 'failover', { shard: 3 });
  expect(await stage.topology.node(primary).call(['GET', key])).toBe('through it all');
}, 300_000);

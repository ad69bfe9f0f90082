/** Nodes that come back at another address, and the procedure that tells the others. */
import { expect, test } from 'vitest';
import { until } from '../core/until.js';
import { faults } from '../faults/index.js';
import { openStage, type Stage } from '../faults/testing/stage.js';
import { biteOn } from './testing/bite.js';
import { carryOutOn } from './testing/carry-out.js';

const told = (stage: Stage, what: RegExp): Promise<string[]> =>
  until(
    () => stage.observer.consensus().problems.filter((problem) => what.test(problem)),
    (found) => found.length > 0,
    { describe: `somebody says ${what}`, within: 20_000, every: 20 },
  );

// Seen to find each other by gossip in one of three runs of a busy machine: then there is nothing to tell, and it is tried again.
test('two members that change places never find each other again until they are told', { retry: 2 }, async () => {
  await using stage = await openStage({ shards: 3, replicas: 1, persistence: 'aof' });
  const [primary] = await stage.ctx.resolve('primary of shard 1');
  const [replica] = await stage.ctx.resolve('replica of shard 2');
  const injected = await biteOn(stage, faults.readdress, primary!, { swap_with: replica!.name });
  expect(injected.hits).toEqual([primary, replica]);
  const lost = new RegExp(
    `^(${primary!.name} knows no address of ${replica!.name}|${replica!.name} .* of ${primary!.name})$`,
  );
  expect(await told(stage, lost)).not.toEqual([]);
  const steps = await carryOutOn(stage, 'follow-address', {}, [primary!.name, replica!.name]);
  expect(steps.map(({ command }) => command)).toContain(`CLUSTER MEET ${primary!.announced.host} 6379`);
  await stage.whole();
  await injected.heal();
  await stage.whole();
});

test('a member with a fixed announcement is looked for where it was, and announces the truth afterwards', async () => {
  await using stage = await openStage({ shards: 3, replicas: 0 });
  const [node] = await stage.ctx.resolve('primary of shard 1');
  await biteOn(stage, faults.readdress, node!, { announces: 'old' });
  expect((await told(stage, /holds .* where it is not/)).every((text) => text.includes(`holds ${node!.name} at`))).toBe(
    true,
  );
  await carryOutOn(stage, 'follow-address', {}, [node!.name]);
  await stage.whole();
  expect(await node!.call(['CONFIG', 'GET', 'cluster-announce-ip'])).toEqual([
    'cluster-announce-ip',
    node!.announced.host,
  ]);
});

test('sentinels replace a primary that moved, and forget its former address when they are told to', async () => {
  await using stage = await openStage({
    kind: 'sentinel',
    replicas: 2,
    persistence: 'aof',
    sentinels: { down_after: '1s', failover_timeout: '3s' },
  });
  const [primary] = await stage.ctx.resolve('primary');
  await biteOn(stage, faults.readdress, primary!);
  await carryOutOn(stage, 'follow-address', {}, [primary!.name]);
  await stage.whole();
  expect(stage.observer.consensus().owners.get(1)).not.toBe(primary!.name);
});

test('without an arbiter replicas and applications are told where the primary is', async () => {
  await using stage = await openStage({ kind: 'replication', replicas: 1, persistence: 'aof' });
  const [primary] = await stage.ctx.resolve('primary');
  await biteOn(stage, faults.readdress, primary!);
  await told(stage, /node-2 follows node-1 \(was .*\) instead of node-1/);
  let entry = '';
  stage.topology.entry!.onMove((node) => {
    entry = node.name;
  });
  await carryOutOn(stage, 'follow-address', {}, [primary!.name]);
  await stage.whole();
  expect(entry).toBe(primary!.name);
});

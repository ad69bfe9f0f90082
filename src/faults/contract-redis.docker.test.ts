import { expect, test, vi } from 'vitest';
import type { ManagedNode } from '../topology/types.js';
import { oomKill } from './node/oom-kill.js';
import { segfault } from './node/segfault.js';
import { contractOn } from './testing/contract.js';
import { openStage } from './testing/stage.js';

contractOn('redis:7.0', { proofs: true });

test('a server that refuses DEBUG is not bitten, and segfault says so', async () => {
  await using stage = await openStage({ shards: 3, replicas: 0, config: { 'enable-debug-command': 'no' } });
  const [target] = await stage.ctx.resolve('primary of shard 1');
  await expect(segfault.inject([target!], {}, stage.ctx)).rejects.toThrow(/refuses DEBUG SEGFAULT/);
});

test('oom-kill takes nothing from a machine that would not live on', async () => {
  await using stage = await openStage({ shards: 3, replicas: 0 });
  const { ctx } = stage;
  const [target] = await ctx.resolve('primary of shard 1');
  const limit = vi.fn();
  const container = Object.create(target!.container, { limit: { value: limit } });
  const watched: ManagedNode = Object.create(target!, { container: { value: container } });
  const machine = { ...ctx.fleet.machine, memory: 128 * 2 ** 20 };
  const small = { ...ctx, fleet: Object.create(ctx.fleet, { machine: { value: machine } }) };
  await expect(oomKill.inject([watched], { margin: 2 ** 30 }, small)).rejects.toThrow(
    /more than a quarter of the 128 MB/,
  );
  expect(limit).not.toHaveBeenCalled();
  expect(await target!.call(['DBSIZE'])).toBeLessThan(10);
});

import { expect, test } from 'vitest';
import { segfault } from './node/segfault.js';
import { contractOn } from './testing/contract.js';
import { openStage } from './testing/stage.js';

contractOn('redis:7.0', { proofs: true });

test('a server that refuses DEBUG is not bitten, and segfault says so', async () => {
  await using stage = await openStage({ shards: 3, replicas: 0, config: { 'enable-debug-command': 'no' } });
  const [target] = await stage.ctx.resolve('primary of shard 1');
  await expect(segfault.inject([target!], {}, stage.ctx)).rejects.toThrow(/refuses DEBUG SEGFAULT/);
});

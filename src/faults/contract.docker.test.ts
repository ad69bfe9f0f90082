/** What every registered fault promises: it bites and proves it, healing it twice is safe, and nothing of it stays behind. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnyFault, faults } from './index.js';
import { openStage, type Stage } from './testing/stage.js';

/** Parameters for faults that can't do with their defaults. */
const samples: Record<string, unknown> = { split: { groups: [['primary of shard 1', 'replica of shard 1']] } };

describe.each(['redis:7.0', 'valkey/valkey:8.1'])('every fault on %s', (image) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ image });
    // An image that has to be built first takes its time.
  }, 300_000);
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    expect(await stage.topology.fleet.audit()).toEqual({ containers: [], networks: [], volumes: [], journal: [] });
  });

  test.each(Object.entries(faults as Record<string, AnyFault>))(
    '%s bites, heals, heals again and leaves the cluster whole',
    async (type, fault) => {
      const { ctx, topology, observer } = stage;
      await stage.whole();
      const containers = topology.nodes.map((node) => node.name);
      const params = fault.params.parse(samples[type] ?? {});
      const targets = fault.targeted === false ? [] : await ctx.resolve('primary of shard 2');
      const requestedAt = ctx.clock.now();
      const injected = await fault.inject(targets, params, ctx);
      let evidence: Awaited<ReturnType<typeof fault.effect>>;
      try {
        evidence = await fault.effect(targets, params, ctx, { ...injected, requestedAt });
      } finally {
        await injected.heal();
        await injected.heal();
      }
      expect(evidence.at).toBeGreaterThanOrEqual(requestedAt);
      expect(evidence.at).toBeLessThanOrEqual(ctx.clock.now());
      expect(evidence.text).not.toBe('');
      console.log(
        `${type}: effective ${(evidence.at - requestedAt).toFixed(1)} ms after inject (± ${evidence.uncertainty.toFixed(1)} ms): ${evidence.text}`,
      );
      await stage.whole();
      expect([...observer.views().keys()]).toEqual(containers);
      for (const node of topology.nodes) expect((await node.container.state()).status).toBe('running');
    },
  );
});

test('a server that refuses DEBUG is not bitten, and segfault says so', async () => {
  await using stage = await openStage({ shards: 3, replicas: 0, config: { 'enable-debug-command': 'no' } });
  const [target] = await stage.ctx.resolve('primary of shard 1');
  await expect(faults.segfault.inject([target!], {}, stage.ctx)).rejects.toThrow(/refuses DEBUG SEGFAULT/);
});

/** Slots in every state that a broken migration leaves, repaired on real clusters of both kinds, with their data. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../core/until.js';
import { slotOf, tagFor } from '../deployment/slots.js';
import { keepDoing } from '../faults/background.js';
import { abortMigration } from '../faults/slots/abort-migration.js';
import { held } from '../faults/slots/hold-job.js';
import { openStage, type Stage } from '../faults/testing/stage.js';
import { exportSlots } from '../server/migration/atomic.js';
import { survey } from '../server/migration/facts.js';
import { ask, setSlot } from '../server/migration/wire.js';
import { slotOwnerNow } from '../server/owners.js';
import type { ManagedNode } from '../topology/types.js';
import { carryOutOn } from './testing/carry-out.js';

const SLOT = 42;
/** "a52" hashes to slot 42. */
const keys = Array.from({ length: 60 }, (_, i) => `{a52}:data:${i}`);

describe.each(['redis:7.0', 'valkey/valkey:8.1'])('a slot on %s', (image) => {
  let stage: Stage;
  beforeAll(async () => {
    expect(slotOf(keys[0]!)).toBe(SLOT);
    stage = await openStage({ image, shards: 3, replicas: 1 });
  }, 300_000);
  afterAll(() => stage[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stage.whole();
    for (const key of keys) await owner().call(['SET', key, `value of ${key}`]);
  });

  const owner = (): ManagedNode => stage.topology.node(slotOwnerNow(SLOT, stage.observer.consensus(), stage.topology));
  const other = async (): Promise<ManagedNode> => {
    const primaries = await stage.ctx.resolve('primaries');
    return primaries.find((node) => node !== owner())!;
  };

  async function expectWhole(): Promise<void> {
    expect(await survey(stage.topology)).toEqual([]);
    await stage.whole();
    const node = await owner();
    for (const key of keys) expect(await node.call(['GET', key])).toBe(`value of ${key}`);
  }

  test.each([
    ['target-importing', 'close'],
    ['source-migrating', 'close'],
    ['both-open', 'finish'],
    ['keys-moving', 'finish'],
    ['keys-moved', 'finish'],
    ['node-on-source', 'finish'],
  ])('%s is repaired: %s', async (step, way) => {
    const [source, target] = [await owner(), await other()];
    const params = abortMigration.params.parse({ slot: SLOT, to: target.name, step, keys: 0 });
    const requestedAt = stage.ctx.clock.now();
    const injected = await abortMigration.inject([], params, stage.ctx);
    await abortMigration.effect([], params, stage.ctx, { ...injected, requestedAt });
    const steps = await carryOutOn(stage, 'repair-slots', {});
    // Valkey finishes the last of them by itself.
    if (step !== 'node-on-source')
      expect(steps.map(({ title }) => title)).toContainEqual(expect.stringMatching(`^Slot ${SLOT}: ${way}`));
    await expectWhole();
    expect((await owner()).name).toBe(way === 'finish' ? target.name : source.name);
    await injected.heal();
  });

  test.each(['source', 'target'] as const)('whose %s was replaced in mid-migration is finished', async (side) => {
    const target = await other();
    const params = abortMigration.params.parse({ slot: SLOT, to: target.name, keys: 0, crash: side });
    const { heal, slot } = await abortMigration.inject([], params, stage.ctx);
    const victim = slot[side];
    await until(
      () => stage.observer.views().get(victim.name)!.reachable,
      (reachable) => !reachable,
      { describe: `${victim.name} is gone`, within: 5000, every: 10 },
    );
    await carryOutOn(stage, 'failover', { shard: victim.initial.shard });
    // Restarted after the repair, it would find its slots with two owners, and follow the wrong one or nobody.
    await carryOutOn(stage, 'restart-node', { target: victim.name });
    await carryOutOn(stage, 'repair-slots', {});
    await expectWhole();
    await heal();
  });

  test('is moved key by key, with its neighbours, while clients write to it', async () => {
    const [source, target] = [await owner(), await other()];
    let written = 0;
    const load = keepDoing(1, async () => {
      const value = `value ${written}`;
      if ((await owner().call(['SET', `${keys[0]}:new`, value])) === 'OK') written++;
    });
    const params = { slots: ['40-41', SLOT], to: target.name, how: 'legacy', batch: 10 };
    for (const slot of [40, 41])
      if (slotOwnerNow(slot, stage.observer.consensus(), stage.topology) !== source.name)
        await carryOutOn(stage, 'migrate-slots', { slots: [slot], to: source.name, how: 'legacy' });
    const steps = await carryOutOn(stage, 'migrate-slots', params);
    await load.stop();
    expect(written).toBeGreaterThan(0);
    expect(steps.at(-1)!.output).toMatch(new RegExp(`^3 slots with \\d\\d keys on ${target.name}$`));
    await expectWhole();
    expect(await owner()).toBe(target);
  });

  test('that is open is not moved: it is to be repaired first', async () => {
    const [source, target] = [await owner(), await other()];
    await setSlot(target, SLOT, 'IMPORTING', source);
    await expect(carryOutOn(stage, 'migrate-slots', { slots: [SLOT], to: target.name })).rejects.toThrow(
      `every slot is whole: not within 5 s (last: slot ${SLOT}: `,
    );
    await carryOutOn(stage, 'repair-slots', {});
    expect(await owner()).toBe(source);
  });

  test('that nobody owns goes to the node that has its keys', async () => {
    const before = await owner();
    for (const node of stage.topology.nodes) await node.call(['CLUSTER', 'DELSLOTS', SLOT]);
    await carryOutOn(stage, 'repair-slots', {});
    await expectWhole();
    expect(await owner()).toBe(before);
  });

  test('that nobody owns comes first: until then the servers refuse every key that is to be moved', async () => {
    const before = await owner();
    const other = 7;
    const stray = `{${tagFor((slot) => slot === other)}}:stray`;
    const rightful = stage.topology.node(slotOwnerNow(other, stage.observer.consensus(), stage.topology));
    const holder = (await stage.ctx.resolve('primaries')).find((node) => node !== rightful)!;
    await setSlot(holder, other, 'IMPORTING', rightful);
    await ask(holder, ['SET', stray, 'found']);
    await setSlot(holder, other, 'STABLE');
    for (const node of stage.topology.nodes) await node.call(['CLUSTER', 'DELSLOTS', SLOT]);
    await carryOutOn(stage, 'repair-slots', {});
    await expectWhole();
    expect(await owner()).toBe(before);
    expect(await rightful.call(['GET', stray])).toBe('found');
    await rightful.call(['DEL', stray]);
  });

  test('with keys on a node that does not own it: equal ones are merged, different ones are named and kept', async () => {
    const [rightful, stray] = [await owner(), await other()];
    await setSlot(stray, SLOT, 'IMPORTING', rightful);
    await ask(stray, ['SET', keys[0]!, `value of ${keys[0]}`]);
    await ask(stray, ['SET', keys[1]!, 'another value']);
    await setSlot(stray, SLOT, 'STABLE');
    await expect(carryOutOn(stage, 'repair-slots', {})).rejects.toThrow(
      `slot ${SLOT}: ${keys[1]} has different values on ${stray.name} and ${rightful.name}`,
    );
    expect(await rightful.call(['GET', keys[1]!])).toBe(`value of ${keys[1]}`);
    expect(await ask(stray, ['GET', keys[1]!])).toBe('another value');
    expect(await ask(stray, ['EXISTS', keys[0]!])).toBe(0);
    await ask(stray, ['DEL', keys[1]!]);
    await carryOutOn(stage, 'repair-slots', {});
    await expectWhole();
  });
});

describe('slots on valkey/valkey:9.1', () => {
  test('are handed over by the server as one job, or key by key where that is asked for', async () => {
    await using stage = await openStage({ image: 'valkey/valkey:9.1', shards: 3, replicas: 0 });
    const [first, second] = (await stage.ctx.resolve(['node-1', 'node-2'])) as [ManagedNode, ManagedNode];
    for (const key of keys) await first.call(['SET', key, `value of ${key}`]);
    const steps = await carryOutOn(stage, 'migrate-slots', { slots: 100 });
    expect(steps.map(({ command }) => command)).toContain('CLUSTER MIGRATESLOTS SLOTSRANGE 0 99 NODE node-2');
    expect(steps.at(-1)!.output).toBe(`100 slots with ${keys.length} keys on node-2`);
    for (const key of keys) expect(await second.call(['GET', key])).toBe(`value of ${key}`);
    await carryOutOn(stage, 'migrate-slots', { slots: ['40-50'], to: 'node-3', how: 'legacy', batch: 7 });
    expect(slotOwnerNow(SLOT, await stage.topology.look(), stage.topology)).toBe('node-3');
    expect(await survey(stage.topology)).toEqual([]);
    // Of a migration that runs repair-slots keeps its hands off.
    const release = await held.replicating.hold({ number: SLOT, source: second, target: first });
    await exportSlots(second, first, [[0, 9]]);
    await expect(carryOutOn(stage, 'repair-slots', { timeout: '1s' })).rejects.toThrow('is still moving slots 0-9');
    await second.call(['CLUSTER', 'CANCELSLOTMIGRATIONS']);
    await release();
    await carryOutOn(stage, 'repair-slots', {});
    await expect(carryOutOn(stage, 'migrate-slots', { slots: ['0-50'] })).rejects.toThrow('owned by node-2 and node-3');
  }, 300_000);
});

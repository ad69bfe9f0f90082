import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describePlan } from './describe.js';
import { defaultSeed, planOf, printable, repeatedPlans } from './plan.js';
import { loadOne } from './testing/write.js';

const scenario = await loadOne(`
name: plan
topology: { shards: 3, replicas: 1, password: hunter2, users: { app: { password: hunter3, for: clients } }, config: { cluster-node-timeout: 2000 } }
timeline:
  - { at: 3s, fault: kill, target: primary of shard 1, for: 5s }
  - { at: 6s, fault: pause, target: [replica, node-3], probability: 50% }
  - { when: failed, within: 9s, fault: isolate, target: one }
recovery:
  - { when: healed, procedure: wait-for-heal }
objectives: { recovery_time: < 20s, lost_acknowledged_writes: <= 50 }
`);

describe('a plan', () => {
  it('is the same for the same seed, and plain data', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (seed) => {
        const plan = planOf(scenario, { seed });
        expect(planOf(scenario, { seed })).toEqual(plan);
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      }),
    );
  });

  it('takes its seed from the name unless another is given', async () => {
    expect(planOf(scenario).seed).toBe(defaultSeed('plan'));
    expect(planOf({ ...scenario, seed: 'file' }).seed).toBe('file');
    expect(planOf({ ...scenario, seed: 'file' }, { seed: 'flag' }).seed).toBe('flag');
  });

  it('draws a probability once, from the seed, as often as it says', () => {
    const fired = Array.from({ length: 400 }, (_, i) => planOf(scenario, { seed: `s${i}` }).entries[1]!.drawn).filter(
      Boolean,
    ).length;
    expect(fired).toBeGreaterThan(150);
    expect(fired).toBeLessThan(250);
    expect(
      planOf(scenario, { seed: 's1' })
        .entries.filter(({ id }) => id !== 'pause')
        .every(({ drawn }) => drawn),
    ).toBe(true);
  });

  it('draws each entry by its id: another entry before it changes nothing', () => {
    const shorter = { ...scenario, timeline: scenario.timeline.slice(1) };
    for (const seed of ['a', 'b', 'c', 'd'])
      expect(planOf(shorter, { seed }).entries[0]!.drawn).toBe(planOf(scenario, { seed }).entries[1]!.drawn);
  });

  it('numbers its entries, timeline first', () => {
    expect(planOf(scenario).entries.map(({ order, id, kind }) => [order, id, kind])).toEqual([
      [0, 'kill', 'fault'],
      [1, 'pause', 'fault'],
      [2, 'isolate', 'fault'],
      [3, 'wait-for-heal', 'procedure'],
    ]);
  });

  it('has an id for every node, none twice', () => {
    const { nodeIds } = planOf(scenario);
    expect(nodeIds).toHaveLength(6);
    expect(new Set(nodeIds).size).toBe(6);
    for (const id of nodeIds) expect(id).toMatch(/^[0-9a-f]{40}$/);
  });

  it('gives up late enough: twice the longest limit after the last fixed moment, never before 30 s', () => {
    expect(planOf(scenario).budget).toBe(8000 + 40_000);
    expect(planOf({ ...scenario, objectives: [] }).budget).toBe(8000 + 30_000);
    expect(planOf({ ...scenario, timeout: 12_345 }).budget).toBe(12_345);
  });

  it('never prints the password', () => {
    const plan = planOf(scenario);
    expect(JSON.stringify(printable(plan)) + describePlan(plan)).not.toMatch(/hunter[23]/);
    expect(plan.topology.password).toBe('hunter2');
  });

  it('repeats with a new seed each time, the first one unchanged', () => {
    const seeds = repeatedPlans([scenario], { seed: 'x', repeat: 3 }).map(({ seed }) => seed);
    expect(seeds).toEqual(['x', 'x-2', 'x-3']);
  });
});

describe('a printed plan', () => {
  it('shows times, targets, draws, what is started and what must hold', () => {
    const text = describePlan(planOf(scenario, { seed: 'print' }));
    expect(text).toContain('seed print, gives up 48 s after the timeline begins');
    expect(text).toContain('6 containers of redis:7.0: 3 shards with 1 replica each, with a password');
    expect(text).toContain('users app (clients); redrill itself connects as another');
    expect(text).toMatch(/at 3 s +kill on primary of shard 1, healed after 5 s/);
    expect(text).toMatch(
      /at 6 s +pause on replica and node-3 \[probability 50 %: (fires|does not fire) with this seed\]/,
    );
    expect(text).toMatch(/when failed \(within 9 s\) +isolate on one/);
    expect(text).toContain('recovery_time');
  });
});

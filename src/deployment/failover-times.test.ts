import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Attempt,
  fitOf,
  guardOf,
  keptFromServing,
  minimumRecovery,
  predictPhases,
  predictRecovery,
} from './failover-times.js';

const nt = 2000;

describe('predictions', () => {
  it.each([
    ['redis', '6.2.14', 2500],
    ['redis', '7.0.15', 2500],
    ['redis', '8.4.0', 2500],
    ['valkey', '7.2.5', 2500],
    ['valkey', '8.1.1', 2500],
    ['valkey', '9.0.5', 2000 + 2000 / 30],
    ['valkey', '9.1.2', 2000],
    ['redis', undefined, 2000],
    ['dragonfly', '1.0', 2000],
    [undefined, undefined, 2000],
  ])('%s %s needs at least %s ms', (product, version, least) => {
    expect(minimumRecovery({ nodeTimeout: nt, product, version })).toBeCloseTo(least, 6);
  });

  it('hold for what was measured on real clusters (design.md section 10)', () => {
    const { min, max } = predictRecovery({ nodeTimeout: nt, product: 'redis', version: '7.0.15' })!;
    for (const measured of [3520, 3550, 3590, 3750, 4030, 4530])
      expect(fitOf(measured, { min, max, rule: '' }, 0)).toBe('in range');
  });

  it('never allow less than the minimum, and phases add up to no more than the whole', () => {
    const server = fc.record({
      nodeTimeout: fc.integer({ min: 100, max: 60_000 }),
      product: fc.constantFrom('redis', 'valkey'),
      version: fc.constantFrom('6.0.16', '7.0.15', '8.1.1', '9.0.1', '9.1.0', undefined),
    });
    fc.assert(
      fc.property(server, fc.array(fc.record({ rank: fc.nat(3), again: fc.boolean() })), (rules, attempts) => {
        const election = { attempts };
        const whole = predictRecovery(rules, election)!;
        const parts = Object.values(predictPhases(rules, election));
        expect(whole.min).toBeGreaterThanOrEqual(minimumRecovery(rules));
        expect(parts.every(({ min, max }) => min <= max)).toBe(true);
        expect(parts.reduce((n, p) => n + p.min, 0)).toBeCloseTo(whole.min, 6);
      }),
    );
  });

  it('use the delay that the replica announced, and add what lost elections cost', () => {
    const rules = { nodeTimeout: nt, product: 'redis', version: '7.0.15' };
    const elected = (...attempts: Attempt[]) => predictPhases(rules, { attempts }).elected;
    expect(elected({ delay: 675, rank: 0 })).toMatchObject({ min: 675, max: 975 });
    expect(elected({ rank: 1 })).toMatchObject({ min: 500, max: 2300 });
    expect(elected({ delay: 600 }, { delay: 700 })).toMatchObject({
      min: 600 + 8000 + 700,
      max: 600 + 300 + 8000 + 700 + 300,
      rule: expect.stringContaining('1 election lost, each tried again after max(4 NT, 4 s)'),
    });
  });

  it('add nearly nothing for an election that was lost to another shard and held again at once', () => {
    const rules = { nodeTimeout: 5000, product: 'valkey', version: '9.1.2' };
    const attempts = [{ delay: 0, again: true }, { delay: 166, again: true }, { delay: 0 }];
    const { min, max, rule } = predictPhases(rules, { attempts }).elected;
    expect([min, max]).toEqual([166, 166 + 3 * 300]);
    expect(rule).toContain('2 elections lost to another shard and held again at once');
    expect(predictRecovery(rules, { attempts, shards: 5 })!.max).toBeLessThan(13_000);
  });

  it('say what several shards at once may cost', () => {
    const five = (product: string, version: string) =>
      predictRecovery({ nodeTimeout: nt, product, version }, { shards: 5 })!;
    expect(five('redis', '7.0.15').rule).toContain('an election that is lost adds max(4 NT, 4 s)');
    expect(five('valkey', '8.1.1')).toMatchObject({
      max: 5300 + 4 * 500,
      rule: expect.stringContaining('again at once'),
    });
  });

  it('leave a new primary the time until its replicas are in sync, where it may not serve without', () => {
    const rules = (wanted: number, left: number) => ({
      nodeTimeout: nt,
      product: 'redis',
      version: '7.0.15',
      guard: { wanted, left },
    });
    expect(predictPhases(rules(1, 1)).served).toMatchObject({
      max: 2400,
      rule: expect.stringContaining('min-replicas-to-write 1'),
    });
    expect(predictRecovery(rules(1, 1))).toMatchObject({ max: 5300 + 2100 });
    expect(predictPhases(rules(1, 0)).served).toBeUndefined();
    expect(predictRecovery(rules(1, 0))).toBeUndefined();
    expect(keptFromServing(rules(1, 0))).toContain('min-replicas-to-write 1 keeps the new primary from serving');
    expect(guardOf({ 'min-slaves-to-write': '2' }, 2)).toEqual({ wanted: 2, left: 1 });
    expect(guardOf({ 'min-replicas-to-write': '0' }, 2)).toBeUndefined();
  });

  it('give sentinels another round after twice their failover timeout', () => {
    const sentinels = { downAfter: 1000, failoverTimeout: 6000 };
    const rules = { nodeTimeout: 1000, product: 'redis', version: '7.0.15', sentinels };
    const { elected } = predictPhases(rules, { attempts: [{}, {}] });
    expect(elected).toMatchObject({ min: 12_000, rule: expect.stringContaining('1 round without a leader') });
    expect(elected.max).toBeGreaterThan(13_000);
  });

  it('give the benefit of the uncertainty before they call a measurement early or late', () => {
    const range = { min: 100, max: 200, rule: '' };
    expect([94, 95, 205, 206].map((ms) => fitOf(ms, range, 5))).toEqual(['early', 'in range', 'in range', 'late']);
  });
});

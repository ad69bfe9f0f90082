import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitOf } from './phases.js';
import { minimumRecovery, predictPhases, predictRecovery } from './predict.js';

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
    const { min, max } = predictRecovery({ nodeTimeout: nt, product: 'redis', version: '7.0.15' });
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
      fc.property(server, fc.record({ rank: fc.nat(3), lost: fc.nat(2) }), (rules, election) => {
        const whole = predictRecovery(rules, election);
        const parts = Object.values(predictPhases(rules, election));
        expect(whole.min).toBeGreaterThanOrEqual(minimumRecovery(rules));
        expect(parts.every(({ min, max }) => min <= max)).toBe(true);
        expect(parts.reduce((n, p) => n + p.min, 0)).toBeCloseTo(whole.min, 6);
      }),
    );
  });

  it('use the delay that the replica announced, and add what lost elections cost', () => {
    const rules = { nodeTimeout: nt, product: 'redis', version: '7.0.15' };
    expect(predictPhases(rules, { delay: 675, rank: 0 }).elected).toMatchObject({ min: 675, max: 975 });
    expect(predictPhases(rules, { rank: 1 }).elected).toMatchObject({ min: 500, max: 2300 });
    expect(predictPhases(rules, { lost: 1 }).elected.min).toBe(500 + 8000);
  });

  it('give the benefit of the uncertainty before they call a measurement early or late', () => {
    const range = { min: 100, max: 200, rule: '' };
    expect([94, 95, 205, 206].map((ms) => fitOf(ms, range, 5))).toEqual(['early', 'in range', 'in range', 'late']);
  });
});

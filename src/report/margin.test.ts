import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding, Measured, Unit, Verdict } from '../assertions/types.js';
import type { ObjectiveSpec } from '../recording/recording.js';
import { margin } from './margin.js';

const finding = (
  unit: Unit,
  op: ObjectiveSpec['op'],
  limit: number,
  measured: Measured,
  verdict: Verdict = 'pass',
): Finding => ({
  objective: 'x',
  summary: '',
  unit,
  limit: { name: 'x', op, limit, text: '', optional: false },
  measured,
  verdict,
  text: '',
});

describe('margin', () => {
  it('is the used share of an upper limit', () => {
    expect(margin(finding('duration', '<', 8000, { value: 2000 }))).toEqual({
      used: 0.25,
      text: '75 % of the budget unused',
    });
  });

  it('is the used share of what may be missing, of a percentage that should be high', () => {
    expect(margin(finding('percent', '>=', 0.6, { value: 0.9 })).used).toBeCloseTo(0.25);
  });

  it('says how far past the limit a miss is', () => {
    expect(margin(finding('duration', '<', 8000, { value: 9200 }, 'fail')).text).toBe('1.2 s over');
    expect(margin(finding('percent', '>=', 0.99, { value: 0.5 }, 'fail')).text).toBe('49 points short');
    expect(margin(finding('count', '<=', 0, { value: 3 }, 'fail'))).toEqual({
      used: Number.POSITIVE_INFINITY,
      text: '3 over',
    });
  });

  it('has nothing to divide where no loss is allowed and none came', () => {
    expect(margin(finding('count', '<=', 0, { value: 0 }))).toEqual({ text: 'at the limit' });
  });

  it('never pretends that an unmeasured objective used anything', () => {
    expect(margin(finding('duration', '<', 1, { value: null, why: '' }, 'inconclusive'))).toEqual({
      text: 'not measured',
    });
  });

  it('has used more than all of the budget exactly when an upper limit is missed', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (limit, value) => {
          const met = value <= limit;
          const { used } = margin(finding('duration', '<=', limit, { value }, met ? 'pass' : 'fail'));
          expect(used! <= 1).toBe(met);
        },
      ),
    );
  });
});

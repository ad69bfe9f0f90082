import { describe, expect, it } from 'vitest';
import { bucketsOf, clientBack, errorsAfter, normalFrom } from './application.js';
import { opsWith, quiet } from './testing/drills.js';

const [zero, E] = [5000, 8000];
const within = (t: number, from: number, to: number): boolean => t >= from && t < to;
const study = (answer: (t: number) => { ok: boolean; took: number }, to?: number) => {
  const recording = quiet({ ops: opsWith(answer, 4, zero, to) });
  return { recording, buckets: bucketsOf(recording, zero, E, 22_000)! };
};

describe('what the application felt', () => {
  it('ends with the first answer after the last error', () => {
    const { recording, buckets } = study((t) => ({ ok: !within(t, E, 11_500), took: 1 }));
    const errors = errorsAfter(buckets, E, 22_000)!;
    expect(errors.endless).toBe(false);
    expect(clientBack(recording, buckets, errors)).toEqual({ at: 11_501, uncertainty: 4 });
  });

  it('goes on while errors come back within a second, and says when they come back later', () => {
    const { recording, buckets } = study((t) => ({
      ok: !(within(t, E, 9000) || within(t, 9700, 9800) || within(t, 15_000, 15_100)),
      took: 1,
    }));
    const errors = errorsAfter(buckets, E, 22_000)!;
    expect(clientBack(recording, buckets, errors)!.at).toBe(9801);
    expect(errors.again).toBe(15_000);
  });

  it('has no end when errors last as long as the load', () => {
    const { recording, buckets } = study((t) => ({ ok: t < E, took: 1 }));
    const errors = errorsAfter(buckets, E, 22_000)!;
    expect(errors.endless).toBe(true);
    expect(clientBack(recording, buckets, errors)).toBeUndefined();
  });

  it('is nothing when the errors are those of the next fault', () => {
    const { buckets } = study((t) => ({ ok: !within(t, 9150, 9800), took: 1 }));
    expect(errorsAfter(buckets, E, 9150)).toBeUndefined();
    expect(errorsAfter(buckets, 9150, 22_000)).toMatchObject({ first: 41, last: 47, endless: false });
  });

  it('is nothing when there were as many errors before', () => {
    const { buckets } = study((t) => ({ ok: t % 100 !== 0, took: 1 }));
    expect(errorsAfter(buckets, E, 22_000)).toBeUndefined();
  });

  it('is normal when p99 is back in its band to stay', () => {
    const { buckets } = study((t) => ({ ok: true, took: within(t, E, 10_000) || within(t, 10_400, 10_600) ? 50 : 1 }));
    expect(normalFrom(buckets, E)).toEqual({ at: 10_600, uncertainty: 50 });
  });

  it('is never normal when p99 stays out of its band, and unknown when the load ended too soon', () => {
    expect(normalFrom(study((t) => ({ ok: true, took: t < E ? 1 : 50 })).buckets, E)).toBe('never');
    expect(normalFrom(study(() => ({ ok: true, took: 1 }), 8300).buckets, E)).toBeUndefined();
  });
});

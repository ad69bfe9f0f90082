import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newOps, OpKind, Profile, Status } from '../recording/tables.js';
import { answeredIn, latencyIn, measuringProfile, waitsOf } from './latency.js';
import { opsWith } from './testing/drills.js';

type Op = Partial<Record<'intended' | 'done' | 'status' | 'slot' | 'kind' | 'profile', number>>;
const opsOf = (list: readonly Op[]) => {
  const table = newOps();
  for (const [seq, op] of list.entries()) {
    const intended = op.intended ?? seq;
    const rest = { client: 0, profile: Profile.tuned, kind: OpKind.write, error: 0, shard: 1, slot: 7, seq };
    table.push({ ...rest, status: Status.ok, intended, sent: intended, done: intended + 1, ...op });
  }
  return table;
};
const [all, tuned] = [{ from: 0, to: 1e9 }, Profile.tuned];
const bounds = (list: readonly Op[]) => {
  const { least, most } = waitsOf(opsOf(list), tuned);
  return list.map((_, i) => [least[i], most[i]]);
};

describe('what an operation waited', () => {
  it('is known exactly where it was answered', () => {
    expect(bounds([{ intended: 0, done: 3 }])).toEqual([[3, 3]]);
  });

  it('lies, without an answer, between the last time that it was asked for in vain and the first answer', () => {
    const list: Op[] = [
      { intended: 0, done: 400, status: Status.unknown },
      { intended: 100, done: 101, status: Status.fail },
      { intended: 900, done: 1300, status: Status.unknown },
      { intended: 2000, done: 2005 },
    ];
    expect(bounds(list).slice(0, 3)).toEqual([
      [1300, 2005],
      [1200, 1905],
      [400, 1105],
    ]);
  });

  it('is at least the time-out where nobody asked in the meantime', () => {
    expect(bounds([{ done: 400, status: Status.unknown }, { intended: 500 }])[0]).toEqual([400, 501]);
  });

  it('does not end with an answer to what was sent before it was given up', () => {
    const list = [{ done: 400, status: Status.unknown }, { intended: 399 }, { intended: 700 }];
    expect(bounds(list)[0]).toEqual([400, 701]);
  });

  it('has no known end where its slot was never served again, whatever other slots and reads got', () => {
    const dead = { done: 400, status: Status.unknown };
    const others = [
      { intended: 500, slot: 8 },
      { intended: 600, kind: OpKind.read },
    ];
    expect(bounds([dead, ...others])[0]).toEqual([400, Number.POSITIVE_INFINITY]);
    expect(bounds([{ ...dead, done: Number.NaN }, ...others])[0]).toEqual([601, Number.POSITIVE_INFINITY]);
  });

  it('says nothing of other clients', () => {
    const { least } = waitsOf(opsOf([{ profile: Profile.default }, {}]), tuned);
    expect([...least]).toEqual([Number.NaN, 1]);
  });

  it('holds for an application that asks again all the time', () => {
    const outage = fc.record({ from: fc.integer({ min: 0, max: 900 }), length: fc.integer({ min: 1, max: 300 }) });
    fc.assert(
      fc.property(fc.array(outage, { maxLength: 4 }), fc.integer({ min: 2, max: 40 }), (outages, least) => {
        // Service that came and went between two operations was seen by none.
        const gap = outages.length > 1 ? 1 : least;
        const up = (t: number): boolean => !outages.some(({ from, length }) => t >= from && t < from + length);
        const answered = (t: number): number => (up(t) ? t + 1 : answered(t + 1));
        const times = Array.from({ length: Math.floor(1500 / gap) }, (_, i) => i * gap);
        const list = times.map((t): Op => ({ intended: t, status: up(t) ? Status.ok : Status.fail }));
        const wrong = bounds(list).filter(([least, most], i) => {
          const waited = answered(times[i]!) - times[i]!;
          return least! > waited || most! < waited;
        });
        expect(wrong).toEqual([]);
      }),
    );
  });
});

describe('latencyIn', () => {
  it('gives nearest-rank percentiles of the operations in the window', () => {
    const took = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(took, (answers) => {
        const ops = opsWith((t) => ({ ok: true, took: answers[t - 100]! }), 1, 100, 100 + answers.length);
        const sorted = answers.slice(0, 200).sort((a, b) => a - b);
        const rank = (q: number) => sorted[Math.ceil(q * sorted.length) - 1];
        expect(latencyIn(ops, waitsOf(ops, tuned), { from: 100, to: 300 })).toEqual({
          count: sorted.length,
          unanswered: 0,
          p50: rank(0.5),
          p99: rank(0.99),
          max: sorted.at(-1),
        });
      }),
    );
  });

  it('does not get better by leaving out what was not answered', () => {
    // A dead shard: every third operation, for good.
    const ops = opsOf(
      Array.from({ length: 300 }, (_, i) =>
        i % 3 === 0 ? { slot: 1, intended: 10 * i, done: 10 * i + 400, status: Status.unknown } : { intended: 10 * i },
      ),
    );
    const summary = latencyIn(ops, waitsOf(ops, tuned), all)!;
    expect(summary).toMatchObject({ count: 300, unanswered: 100, p50: 1 });
    expect(summary.p99).toBeGreaterThan(2000);
    expect(summary.atMost).toMatchObject({ p50: 1, p99: Number.POSITIVE_INFINITY });
    expect(answeredIn(ops, 0, 1e9, tuned)).toEqual({ count: 200, p99: 1 });
  });

  it('is silent where nothing was sent', () => {
    const ops = opsOf([{}]);
    expect(latencyIn(ops, waitsOf(ops, tuned), { from: 10, to: 20 })).toBeUndefined();
  });
});

describe('the clients that measure', () => {
  it.each([
    [[Profile.patient, Profile.default, Profile.tuned], Profile.tuned],
    [[Profile.patient, Profile.default], Profile.default],
    [[Profile.patient], Profile.patient],
  ])('of %j are %i', (there, measuring) => {
    expect(measuringProfile(opsOf(there.map((profile) => ({ profile }))))).toBe(measuring);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covered, overlap, total, union } from './interval.js';

const stretch = fc
  .tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 50 }))
  .map(([from, length]) => ({ from, to: from + length }));
const stretches = fc.array(stretch, { maxLength: 20 });
const moments = (list: { from: number; to: number }[]): Set<number> =>
  new Set(list.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i)));

describe('stretches of time', () => {
  it('cover the same moments after union, in order and apart', () => {
    fc.assert(
      fc.property(stretches, (list) => {
        const out = union(list);
        expect(moments(out)).toEqual(moments(list));
        expect(total(out)).toBe(moments(list).size);
        expect(out.every((s, i) => i === 0 || s.from > out[i - 1]!.to)).toBe(true);
      }),
    );
  });

  it('are joined over gaps up to the slack', () => {
    const list = [
      { from: 0, to: 10 },
      { from: 15, to: 20 },
    ];
    expect(union(list, 5)).toEqual([{ from: 0, to: 20 }]);
    expect(union(list, 4)).toHaveLength(2);
  });

  it('cover each moment of a stretch once', () => {
    fc.assert(
      fc.property(stretches, stretch, (list, within) => {
        const inside = [...moments(list)].filter((m) => m >= within.from && m < within.to);
        expect(covered(list, within)).toBe(inside.length);
      }),
    );
  });

  it('do not overlap where they only touch', () => {
    expect(overlap({ from: 0, to: 5 }, { from: 5, to: 9 })).toBeUndefined();
    expect(overlap({ from: 0, to: 6 }, { from: 5, to: 9 })).toEqual({ from: 5, to: 6 });
  });
});

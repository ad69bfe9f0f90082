import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepMerge, withoutExtras } from './merge.js';

const data = fc.jsonValue() as fc.Arbitrary<unknown>;

describe('extending a file', () => {
  it('merges maps and replaces everything else', () => {
    const base = { topology: { shards: 3, config: { a: 1, b: 2 } }, tags: ['x', 'y'], seed: 's' };
    const over = { topology: { config: { b: 3 } }, tags: ['z'] };
    expect(deepMerge(base, over)).toEqual({ topology: { shards: 3, config: { a: 1, b: 3 } }, tags: ['z'], seed: 's' });
  });

  it('changes nothing when nothing is added, and repeats without effect', () => {
    fc.assert(
      fc.property(data, (x) => {
        expect(deepMerge(x, {})).toEqual(typeof x === 'object' && x !== null && !Array.isArray(x) ? x : {});
      }),
    );
    fc.assert(
      fc.property(data, data, (x, y) => {
        expect(deepMerge(deepMerge(x, y), y)).toEqual(deepMerge(x, y));
      }),
    );
  });

  it('keeps a key called __proto__ a plain key', () => {
    const merged = deepMerge(JSON.parse('{"a":1}'), JSON.parse('{"__proto__":{"polluted":true}}')) as object;
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
  });
});

describe('x- keys', () => {
  it('are dropped at any depth', () => {
    expect(withoutExtras({ 'x-a': 1, b: [{ 'x-c': 2, d: 3 }] })).toEqual({ b: [{ d: 3 }] });
  });

  it('leave everything else as it is', () => {
    const plain = fc.dictionary(
      fc.string().filter((key) => !key.startsWith('x-') && key !== '__proto__'),
      fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer())),
    );
    fc.assert(
      fc.property(plain, (value) => {
        expect(withoutExtras(value)).toEqual({ ...value });
      }),
    );
  });

  it('do not multiply what an alias shares', () => {
    const shared = { a: 1 };
    const cleaned = withoutExtras({ one: shared, two: shared }) as { one: object; two: object };
    expect(cleaned.one).toBe(cleaned.two);
  });
});

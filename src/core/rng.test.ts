import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seeded } from './rng.js';

test('the same seed gives the same numbers, another seed others', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      const numbers = (seed: string): string => seeded(seed).hex(40);
      expect(numbers(a)).toBe(numbers(a));
      if (a !== b) expect(numbers(a)).not.toBe(numbers(b));
    }),
  );
});

test('a fork depends on its name only, not on what was drawn before', () => {
  const fresh = seeded('x');
  const used = seeded('x');
  used.next();
  expect(used.fork('targets').hex(16)).toBe(fresh.fork('targets').hex(16));
});

test('shuffle keeps every item, pick takes one of them, and all are about equally likely', () => {
  const rng = seeded('y');
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (items) => {
      expect(rng.shuffle(items).sort()).toEqual([...items].sort());
      expect(items).toContain(rng.pick(items));
    }),
  );
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 8000; i++) counts[rng.below(4)]!++;
  // Each count is binomial(8000, 1/4): 2000 ± 39. Six deviations leave no room for luck.
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(240);
});

test('there is nothing to pick from nothing', () => {
  expect(() => seeded('z').pick([])).toThrow('pick from nothing');
});

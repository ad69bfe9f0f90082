import { expect, test } from 'vitest';
import { summarise, table } from './stats.js';

test('the median of an even number is the middle of the two in the middle', () => {
  expect(summarise([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4, n: 4 });
  expect(summarise([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9, n: 3 });
});

test('a table is Markdown', () => {
  expect(table(['a', 'b'], [['x', '1']])).toBe('| a | b |\n|---|---|\n| x | 1 |');
});

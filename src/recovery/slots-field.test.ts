import { expect, test } from 'vitest';
import { namedSlots, slotsField, slotsInWords } from './slots-field.js';

test('slots are a number of them, a range, or a list', () => {
  const slots = (written: unknown): number[] | undefined => namedSlots(slotsField.parse(written));
  expect(slots(100)).toBeUndefined();
  expect(slots('7')).toEqual([7]);
  expect(slots('100-102')).toEqual([100, 101, 102]);
  expect(slots([50, '3-4', '4-5'])).toEqual([3, 4, 5, 50]);
  expect(slotsInWords([3, 4, 5, 50])).toBe('3-5, 50');
});

test.each(['5-3', '16384', '0-16384', '-5', 'all', '', [[1]], 0, 1.5, []])('%j is refused', (written) => {
  expect(slotsField.safeParse(written).success).toBe(false);
});

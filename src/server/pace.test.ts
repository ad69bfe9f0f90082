import { expect, test } from 'vitest';
import { adapt, CPU_BUDGET, FEW, observePeriod, wholeEvery } from './pace.js';

test('a few nodes are looked at as often as ever, with their whole tables', () => {
  expect([observePeriod(6), wholeEvery(6)]).toEqual([50, 1]);
  expect([observePeriod(FEW), wholeEvery(FEW)]).toEqual([50, 1]);
});

test('tables read in a second grow no faster than the nodes', () => {
  const tables = (nodes: number): number => (nodes / wholeEvery(nodes)) * (1000 / observePeriod(nodes));
  expect(tables(120)).toBeLessThan(tables(30) + 1);
});

test('looking becomes slower while the harness is above its budget, and comes back when there is room', () => {
  let slower = 1;
  for (let n = 0; n < 3; n++) slower = adapt(slower, 600, 1000);
  expect(slower).toBeGreaterThan(2);
  expect(adapt(slower, CPU_BUDGET * 900, 1000)).toBe(slower);
  for (let n = 0; n < 40; n++) slower = adapt(slower, 50, 1000);
  expect(slower).toBe(1);
  for (let n = 0; n < 99; n++) slower = adapt(slower, 1000, 1000);
  expect(slower).toBe(8);
});

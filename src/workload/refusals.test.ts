import { expect, test } from 'vitest';
import { Refusals } from './refusals.js';

const refuse = (node: Refusals, times: number): void => {
  for (let i = 0; i < times; i++) node.refused({});
};
const turns = (node: Refusals, lives = 1): boolean[] => Array.from({ length: 8 }, () => node.rests(lives));
const always = new Array(8).fill(false);

test('a node that refuses is tried at every fourth turn, one that refused a few times at each', () => {
  const node = new Refusals(1);
  refuse(node, 4);
  expect(turns(node)).toEqual(always);
  refuse(node, 1);
  expect(turns(node)).toEqual([true, true, true, false, true, true, true, false]);
});

test('an answer, or a start, ends that', () => {
  const node = new Refusals(1);
  refuse(node, 9);
  expect(node.open).toBe(false);
  expect(turns(node, 2)).toEqual(always);
  expect(node.open).toBe(true);
  refuse(node, 9);
  node.answered();
  expect(turns(node, 2)).toEqual(always);
});

test('probes that waited for one connection are one refusal', () => {
  const node = new Refusals(1);
  const connection = {};
  for (let i = 0; i < 9; i++) node.refused(connection);
  expect(turns(node)).toEqual(always);
});

import { expect, test } from 'vitest';
import type { Reply } from '../server/resp.js';
import { newsFilter, ownersIn, slotMapOf } from './slot-map.js';

const range = (first: number, last: number, owner: string, replica: string): Reply => [
  first,
  last,
  [owner, 6379, `id of ${owner}`, []],
  [replica, 6379, `id of ${replica}`, []],
];

test('two nodes that list ranges and replicas in different order hold the same map', () => {
  const one = [range(0, 99, '10.0.0.1', '10.0.0.3'), range(100, 199, '10.0.0.2', '10.0.0.4')];
  const other = [range(100, 199, '10.0.0.2', '10.0.0.5'), range(0, 99, '10.0.0.1', '10.0.0.3')];
  expect(ownersIn(one)).toBe(ownersIn(other));
  expect(ownersIn([range(0, 99, '10.0.0.3', '10.0.0.1'), one[1]!])).not.toBe(ownersIn(one));
  expect(ownersIn('OK')).toBeUndefined();
});

test('a map is news until it has been read twice without a change, and whenever nobody could tell it', () => {
  const isNews = newsFilter();
  expect(['a', 'a', 'a', 'a', 'b', 'b', 'b', undefined, 'b', 'b', 'b'].map(isNews)).toEqual([
    true,
    true,
    false,
    false,
    true,
    true,
    false,
    true,
    true,
    true,
    false,
  ]);
});

test('one reading serves all clients for a moment, and goes on to another node where one does not answer', async () => {
  let now = 0;
  const asked: number[] = [];
  const nodes = [0, 1, 2].map((i) => ({
    call: async (): Promise<Reply> => {
      asked.push(i);
      if (i === 0) throw new Error('gone');
      return [range(0, 16_383, '10.0.0.1', '10.0.0.2')];
    },
  }));
  const map = slotMapOf(nodes, () => now);
  expect(await Promise.all([map.read(), map.read()])).toEqual(['0-16383 10.0.0.1:6379', '0-16383 10.0.0.1:6379']);
  expect(asked).toEqual([0, 1]);
  now = 1000;
  await map.read();
  expect(asked).toEqual([0, 1, 2]);
});

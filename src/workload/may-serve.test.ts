import { expect, it } from 'vitest';
import type { PeerView } from '../deployment/types.js';
import { mayServe } from './may-serve.js';

const slots = [0, 6000, 12_000];
const owners = new Map([
  [1, 'node-1'],
  [2, 'node-2'],
  [3, 'node-3'],
]);
const seen = (name: string, self?: Pick<PeerView, 'role' | 'primary' | 'slots'>) =>
  mayServe(name, { owners, nodes: new Map([[name, { peers: new Map(self && [[name, self]]) }]]) }, slots);

it('a replica is asked of the shard that it follows, also when it is not the one that it began in', () => {
  expect(seen('node-4', { role: 'replica', primary: 'node-2', slots: [] })).toEqual([2]);
  expect(seen('node-4', { role: 'replica', primary: 'node-5', slots: [] })).toEqual([]);
  expect(seen('node-4')).toEqual([]);
});

it('a primary is asked of what it owns by the majority, and of what it says it has', () => {
  expect(seen('node-2', { role: 'primary', slots: [[5461, 10_922]] })).toEqual([2]);
  expect(
    seen('node-4', {
      role: 'primary',
      slots: [
        [0, 5460],
        [12_000, 12_000],
      ],
    }),
  ).toEqual([1, 3]);
  // What a replica's own line lists is its primary's.
  expect(seen('node-4', { role: 'replica', slots: [[0, 5460]] })).toEqual([]);
});

import { expect, test } from 'vitest';
import { addressesOf } from './addresses.js';

const begun = () => [1, 2].map((n) => ({ name: `node-${n}`, address: `10.0.0.${n}:6379` }));

test('a node is known by its address and by its name, a stranger by neither', () => {
  const { nameOf } = addressesOf(begun());
  expect(nameOf('10.0.0.2', 6379)).toBe('node-2');
  expect(nameOf('node-2', '6379')).toBe('node-2');
  expect(nameOf('10.0.0.2', 26379)).toBeUndefined();
});

test('an address that a node no longer has is its former one, until another node has it', () => {
  const addresses = addressesOf(begun());
  addresses.learn(new Map([['node-2', '10.0.0.9']]), 5);
  expect(addresses.nameOf('10.0.0.9', 6379)).toBe('node-2');
  expect(addresses.nameOf('10.0.0.2', 6379)).toBe('node-2 (was 10.0.0.2)');
  expect(addresses.hostOf('node-2')).toBe('10.0.0.9');
  expect(addresses.later('node-2')).toEqual([{ from: 5, address: '10.0.0.9:6379' }]);
  addresses.learn(new Map([['node-1', '10.0.0.2']]), 6);
  expect(addresses.nameOf('10.0.0.2', 6379)).toBe('node-1');
});

test('two that change places are each where the other was', () => {
  const addresses = addressesOf(begun());
  addresses.learn(
    new Map([
      ['node-1', '10.0.0.2'],
      ['node-2', '10.0.0.1'],
    ]),
    1,
  );
  expect([1, 2].map((n) => addresses.nameOf(`10.0.0.${n}`, 6379))).toEqual(['node-2', 'node-1']);
});

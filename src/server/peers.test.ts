import { expect, test } from 'vitest';
import { identitiesOf } from './identities.js';
import { readPeers } from './tables.js';

/** CLUSTER NODES as node-2 prints it: `self` is the id it bears. */
const [first, second, third] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];
const known = () =>
  identitiesOf(
    [first, second].map((id, i) => ({ name: `node-${i + 1}`, id, address: '', shard: i + 1, role: 'primary' })),
  );
const line = (id: string, flags: string): string => `${id} 10.0.0.1:6379@16379 ${flags} - 0 0 1 connected 0-100\n`;

test('a node that speaks under a new id is known by it, and the old one is no longer the node', () => {
  const identities = known();
  expect([...readPeers(line(third, 'myself,master'), 'node-2', identities).keys()]).toEqual(['node-2']);
  const seen = readPeers(
    line(first, 'myself,master') + line(second, 'master,fail') + line(third, 'slave'),
    'node-1',
    identities,
  );
  expect([...seen].map(([name, { health }]) => `${name} ${health}`)).toEqual([
    'node-1 ok',
    'node-2 (was 22222222) fail',
    'node-2 ok',
  ]);
});

test('who is looked for where it no longer is, or nowhere, is misplaced', () => {
  const nowhere = line(second, 'slave,noaddr').replace('10.0.0.1', '');
  const seen = readPeers(line(first, 'myself,master') + nowhere, 'node-1', known(), {
    version: 1,
    hostOf: (name) => (name === 'node-1' ? '10.0.0.9' : '10.0.0.1'),
  });
  expect([...seen.values()].map(({ misplaced }) => misplaced)).toEqual(['10.0.0.1', '']);
});

test('a node that runs on the nodes.conf of another speaks for itself only', () => {
  const identities = known();
  const seen = readPeers(line(first, 'myself,master') + line(second, 'slave'), 'node-2', identities);
  expect([...seen.keys()]).toEqual(['node-2', 'node-2 (was 22222222)']);
  expect(identities.nameOf(second)).toBe('node-2');
});

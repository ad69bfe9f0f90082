import { expect, test } from 'vitest';
import type { NodeInfo } from '../recording/recording.js';
import { identitiesOf } from './identities.js';

const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
const info = (): NodeInfo[] =>
  [a, b].map((id, i) => ({ name: `node-${i + 1}`, id, address: '', shard: i + 1, role: 'primary' }));

test('a node that came back under a new id is told apart from what its peers still hold of it', () => {
  const nodes = info();
  const identities = identitiesOf(nodes);
  identities.learn('node-1', c);
  expect(identities.idOf('node-1')).toBe(c);
  expect([a, b, c].map(identities.nameOf)).toEqual(['node-1 (was aaaaaaaa)', 'node-2', 'node-1']);
  expect(identities.formerIds('node-1')).toEqual([a]);
  expect(nodes[0]).toMatchObject({ id: a, laterIds: [c] });
});

test('a node that got its old id back is itself again', () => {
  const identities = identitiesOf(info());
  identities.learn('node-1', c);
  identities.learn('node-1', a);
  expect([a, c].map(identities.nameOf)).toEqual(['node-1', 'node-1 (was cccccccc)']);
});

// A copied nodes.conf makes two nodes claim one id: what others say of it is meant for the first.
test('an id that another node bears is not taken over by the one that copied it', () => {
  const identities = identitiesOf(info());
  identities.learn('node-2', a);
  expect([a, b].map(identities.nameOf)).toEqual(['node-1', 'node-2']);
  expect(identities.idOf('node-2')).toBe(b);
});

test('an id that nobody bears is shown by its beginning', () => {
  expect(identitiesOf(info()).nameOf(c)).toBe('cccccccc');
});

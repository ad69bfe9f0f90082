import { expect, test } from 'vitest';
import { identitiesOf } from './identities.js';

const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
const begun = () => [a, b].map((id, i) => ({ name: `node-${i + 1}`, id }));

test('a node that came back under a new id is told apart from what its peers still hold of it', () => {
  const identities = identitiesOf(begun());
  identities.learn('node-1', c);
  expect(identities.idOf('node-1')).toBe(c);
  expect([a, b, c].map(identities.nameOf)).toEqual(['node-1 (was aaaaaaaa)', 'node-2', 'node-1']);
  expect(identities.formerIds('node-1')).toEqual([a]);
  expect(identities.laterIds('node-1')).toEqual([c]);
  expect(identities.laterIds('node-2')).toEqual([]);
});

test('a node that got its old id back is itself again', () => {
  const identities = identitiesOf(begun());
  identities.learn('node-1', c);
  identities.learn('node-1', a);
  expect([a, c].map(identities.nameOf)).toEqual(['node-1', 'node-1 (was cccccccc)']);
  expect(identities.laterIds('node-1')).toEqual([c]);
});

// A copied nodes.conf makes two nodes claim one id: what others say of it is meant for the first.
test('an id that another node bears is not taken over by the one that copied it', () => {
  const identities = identitiesOf(begun());
  identities.learn('node-2', a);
  expect([a, b].map(identities.nameOf)).toEqual(['node-1', 'node-2']);
  expect(identities.idOf('node-2')).toBe(b);
});

test('an id that nobody bears is shown by its beginning', () => {
  expect(identitiesOf(begun()).nameOf(c)).toBe('cccccccc');
});

test('servers without ids are nobody of each other', () => {
  const identities = identitiesOf([
    { name: 'node-1', id: '' },
    { name: 'node-2', id: '' },
  ]);
  expect(identities.nameOf('')).toBe('');
  identities.learn('node-1', a);
  expect(identities.nameOf(a)).toBe('node-1');
});

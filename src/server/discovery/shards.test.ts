import { expect, test } from 'vitest';
import type { NodeView, PeerView, SlotRange } from '../../deployment/types.js';
import { unreachable } from '../../deployment/views.js';
import { shardsIn } from './shards.js';

type Table = Record<string, SlotRange[] | string>;

/** A list of slots is a primary's, a name the primary that it follows. */
const peersOf = (table: Table): Map<string, PeerView> =>
  new Map(
    Object.entries(table).map(([name, what]) => [
      name,
      typeof what === 'string'
        ? { role: 'replica', primary: what, health: 'ok', epoch: 0, slots: [], open: [], linked: true }
        : { role: 'primary', health: 'ok', epoch: 1, slots: what, open: [], linked: true },
    ]),
  );

const views = (tables: Record<string, Table | undefined>): Map<string, NodeView> =>
  new Map(
    Object.entries(tables).map(([node, table]) => [
      node,
      table
        ? { ...unreachable(node, 0), reachable: true, role: 'primary', state: 'ok', peers: peersOf(table) }
        : unreachable(node, 0),
    ]),
  );

test('shards are numbered by their first slots, and slots that nobody owns belong to none', () => {
  const table: Table = {
    a: [
      [100, 199],
      [500, 500],
    ],
    b: [[0, 99]],
    c: 'a',
  };
  expect(shardsIn(views({ a: table, b: table, c: table }))).toEqual([
    { owner: 'b', slots: [[0, 99]], replicas: [] },
    {
      owner: 'a',
      slots: [
        [100, 199],
        [500, 500],
      ],
      replicas: ['c'],
    },
  ]);
  expect(shardsIn(views({ a: { a: [] } }))).toEqual([]);
});

test('a replica that is silent is counted, by the word of its primary', () => {
  const table: Table = { a: [[0, 16_383]], c: 'a' };
  expect(shardsIn(views({ a: table, c: undefined }))).toMatchObject([{ owner: 'a', replicas: ['c'] }]);
});

// a was cut off, and still believes in itself; c has taken its place for b and d.
test('the majority says who owns what, not the one that claims it', () => {
  const old: Table = { a: [[0, 5000]], b: [[5001, 10_000]], c: 'a', d: [[10_001, 16_383]] };
  const now: Table = { a: [], b: [[5001, 10_000]], c: [[0, 5000]], d: [[10_001, 16_383]] };
  expect(shardsIn(views({ a: old, b: now, c: now, d: now })).map(({ owner }) => owner)).toEqual(['c', 'b', 'd']);
});

test('one whose primary is dead and was not replaced is owned by it all the same', () => {
  const table: Table = { a: [[0, 8000]], b: [[8001, 16_383]] };
  expect(shardsIn(views({ a: undefined, b: table })).map(({ owner }) => owner)).toEqual(['a', 'b']);
});

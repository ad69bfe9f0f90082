import { describe, expect, it, test } from 'vitest';
import { parseOpen } from '../../deployment/open-slots.js';
import { decide } from './decide.js';
import type { Holder } from './facts.js';

const holder = (node: string, over: Partial<Holder> = {}): Holder => ({
  node,
  owns: false,
  believes: 'source',
  epoch: 1,
  keys: 0,
  ...over,
});
const source = (over: Partial<Holder> = {}): Holder => holder('source', { owns: true, keys: 10, ...over });
const target = (over: Partial<Holder> = {}): Holder => holder('target', over);
const third = holder('third');
const importing = { importingFrom: 'source' };
const migrating = { migratingTo: 'target' };

test('open slots are read, and nothing else is taken for one', () => {
  const id = 'a'.repeat(40);
  expect(parseOpen(`[42->-${id}]`)).toEqual({ slot: 42, state: 'migrating', peer: id });
  expect(parseOpen(`[42-<-${id}]`)).toEqual({ slot: 42, state: 'importing', peer: id });
  for (const text of ['42', '0-41', '[42-^-x]', '']) expect(parseOpen(text)).toBeUndefined();
});

describe('a migration that was broken off', () => {
  it.each<[string, Holder[], string, string]>([
    ['only the target imports, without a key', [source(), target(importing)], 'source', 'close'],
    ['only the source migrates, and the target has no key', [source(migrating), target()], 'source', 'close'],
    // A client may have been sent on with ASK at any moment.
    ['both sides are open and nothing moved', [source(migrating), target(importing)], 'target', 'forward'],
    [
      'both sides are open and some keys moved',
      [source({ ...migrating, keys: 4 }), target({ ...importing, keys: 6 })],
      'target',
      'forward',
    ],
    ['all keys moved', [source({ ...migrating, keys: 0 }), target({ ...importing, keys: 10 })], 'target', 'forward'],
    [
      'the target owns it and the source still migrates and has keys',
      [source({ ...migrating, owns: false, keys: 3 }), target({ owns: true, believes: 'target', keys: 7 })],
      'target',
      'forward',
    ],
    [
      'the source gave it away and the target still imports',
      [source({ owns: false, believes: 'target', keys: 0 }), target({ ...importing, keys: 10 })],
      'target',
      'forward',
    ],
    // On Redis a promoted replica knows nothing of the migration.
    ['the source failed over', [source({ keys: 4 }), target({ ...importing, keys: 6 })], 'target', 'forward'],
    ['the target failed over', [source({ ...migrating, keys: 4 }), target({ keys: 6 })], 'target', 'forward'],
    [
      'the target failed over to a node of another name',
      [source({ ...migrating, keys: 4 }), holder('replica', { keys: 6 })],
      'replica',
      'forward',
    ],
    ['the target failed over before it held a key', [source({ ...migrating }), holder('replica')], 'source', 'close'],
  ])('%s', (_, holders, to, kind) => {
    expect(decide({ holders: [...holders, third] })).toMatchObject({ to, kind });
  });
});

describe('a slot without a rightful owner', () => {
  it('goes to the node that has its keys', () => {
    const decision = decide({ holders: [holder('a', { keys: 1 }), holder('b', { keys: 5 })], beside: 'a' });
    expect(decision).toMatchObject({ to: 'b', kind: 'claim' });
  });

  it('goes to its neighbour when it has none', () => {
    expect(decide({ holders: [holder('a'), holder('b')], beside: 'b' })).toMatchObject({ to: 'b', kind: 'claim' });
    expect(decide({ holders: [] })).toBeUndefined();
  });

  it('stays with the claimant that has its keys, whatever the epochs say', () => {
    const claims = [source({ epoch: 3 }), holder('thief', { owns: true, believes: 'thief', epoch: 9 })];
    expect(decide({ holders: claims })).toMatchObject({ to: 'source', kind: 'claim' });
    const empty = claims.map((one) => ({ ...one, keys: 0 }));
    expect(decide({ holders: empty })).toMatchObject({ to: 'thief', kind: 'claim' });
  });
});

it('keys in a slot that another node owns go to the owner', () => {
  expect(decide({ holders: [source(), holder('stray', { keys: 2 })] })).toEqual({
    to: 'source',
    kind: 'close',
    why: 'source owns it; 2 keys lie on stray',
  });
});

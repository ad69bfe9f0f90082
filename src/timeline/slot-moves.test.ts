import { describe, expect, it, test } from 'vitest';
import type { Opinion } from '../deployment/types.js';
import type { Recording } from '../recording/recording.js';
import { newFound, newOps, newProbes, OpKind, Status } from '../recording/tables.js';
import { analyse, evidenceOf } from './analyse.js';
import { moveAfter, slotMovesOf } from './slot-moves.js';
import { drill, quiet } from './testing/drills.js';

const idOf = (name: string): string => drill().topology.nodes.find((node) => node.name === name)!.id;
const all: [number, number] = [0, 5460];
const others: [number, number] = [5461, 10_922];

/** node-1 says this of itself at t; polls are 50 ms apart. */
const said = (t: number, node: string, opinion: Partial<Opinion>) => ({
  t,
  since: t - 50,
  node,
  reachable: true,
  opinions: [
    {
      about: node,
      role: 'primary' as const,
      health: 'ok' as const,
      epoch: 1,
      slots: node === 'node-1' ? [all] : [others],
      linked: true,
      ...opinion,
    },
  ],
});

const opened = [
  said(8000, 'node-2', { open: [`[42-<-${idOf('node-1')}]`] }),
  said(8050, 'node-1', { open: [`[42->-${idOf('node-2')}]`] }),
];
/** One node's word for it, about both. */
const moved = (t: number, node: string) => ({
  ...said(t, node, {}),
  opinions: [
    ...said(t, 'node-2', { epoch: 9, slots: [[42, 42], others] }).opinions,
    ...said(t, 'node-1', {
      slots: [
        [0, 41],
        [43, 5460],
      ],
    }).opinions,
  ],
});
const finished = [moved(9000, 'node-2'), moved(9050, 'node-1')];
const base = quiet();
const withViews = (...views: Recording['views']): Recording => ({ ...base, views: [...base.views, ...views] });

test('a migration is seen from its first open side to its end', () => {
  const told = slotMovesOf(withViews(...opened, ...finished)).map(({ node, what, peer, slot }) =>
    [node, what, slot, peer].filter(Boolean).join(' '),
  );
  expect(told).toEqual([
    'node-2 importing 42 node-1',
    'node-1 migrating 42 node-2',
    'node-2 closed 42',
    'node-2 gained 42',
    'node-1 closed 42',
    'node-1 lost 42',
  ]);
});

// Counter-example: all slots of a shard change hands in a failover, and none of them was moved.
test('a failover moves no slot', () => {
  expect(slotMovesOf(drill('segfault'))).toEqual([]);
  expect(slotMovesOf(drill('minority'))).toEqual([]);
});

test('a slot that stays open is in a move at any later moment, one that was closed is not', () => {
  const half = slotMovesOf(withViews(...opened));
  expect(moveAfter(half, 42, 20_000)?.what).toMatch(/migrating|importing/);
  expect(moveAfter(half, 43, 0)).toBeUndefined();
  const whole = slotMovesOf(withViews(...opened, ...finished));
  expect(moveAfter(whole, 42, 8500)).toMatchObject({ node: 'node-2', what: 'closed' });
  expect(moveAfter(whole, 42, 9051)).toBeUndefined();
});

test('the story tells of slots by name, several in one line', () => {
  const lines = analyse(withViews(...opened, said(9500, 'node-2', { slots: [[42, 44], [50, 50], others] }))).events.map(
    ({ text }) => text,
  );
  expect(lines).toContain('node-1 is migrating slot 42 to node-2');
  expect(lines).toContain('node-2 owns slots 42-44, 50 now');
});

describe('a lost write', () => {
  const written = (slot: number, at = 7000): Pick<Recording, 'ops' | 'found'> => {
    const ops = newOps();
    ops.push({
      intended: at,
      sent: at,
      done: at + 1,
      client: 0,
      profile: 0,
      kind: OpKind.write,
      status: Status.ok,
      error: 0,
      shard: 1,
      slot,
      seq: 0,
    });
    return { ops, found: newFound() };
  };
  const causes = (recording: Recording) => analyse(recording).ledger.byCause;

  it('in a slot that was moved later was lost in the move', () => {
    expect(causes({ ...withViews(...opened, ...finished), ...written(42) })).toEqual({ 'lost in a slot move': 1 });
    expect(causes({ ...withViews(...opened), ...written(42, 15_000) })).toEqual({ 'lost in a slot move': 1 });
  });

  it('in another slot, or written after the move, was not', () => {
    expect(causes({ ...withViews(...opened, ...finished), ...written(43) })).toEqual({ unexplained: 1 });
    expect(causes({ ...withViews(...opened, ...finished), ...written(42, 15_000) })).toEqual({ unexplained: 1 });
  });

  it('whose node came back as another process was lost with that one', () => {
    const restarted = { t: 8500, since: 8450, node: 'node-1', reachable: true, runId: 'node-1-run-2', opinions: [] };
    expect(causes({ ...withViews(...opened, restarted), ...written(42) })).toEqual({ 'wiped by an empty primary': 1 });
  });
});

describe('an OK to a probe of the slot that moves', () => {
  const probes = newProbes();
  for (let t = 7000; t < 12_000; t += 10)
    probes.push({
      sent: t,
      done: t + 1,
      shard: 1,
      node: t < 8500 ? 0 : 1,
      kind: OpKind.write,
      status: Status.ok,
      error: 0,
    });
  const watching = (recording: Recording): Recording => ({
    ...recording,
    probes,
    workload: { ...recording.workload, probeSlots: [42, 5461, 10_923] },
  });

  it('is service at the target from the moment the target imports it, and after it owns it', () => {
    const analysis = analyse(watching(withViews(...opened, ...finished, moved(9050, 'node-3'))));
    expect(analysis.splitBrain).toEqual([]);
    expect(analysis.outages.filter(({ shard }) => shard === 1)).toEqual([]);
    // The shard stays where most of its slots are.
    expect(evidenceOf(analysis).ownership.owner(1, 12_000)).toBe('node-1');
  });

  it('is split brain at a node that nobody sends clients to', () => {
    const { splitBrain } = analyse(watching(base));
    expect(splitBrain).toMatchObject([{ node: 'node-2', shard: 1 }]);
  });
});

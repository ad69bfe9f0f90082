import { describe, expect, it } from 'vitest';
import { patienceWith, watchStandstill } from './standstill.js';
import type { Drill } from './types.js';

/** As much of a drill as is looked at: fakes stand for the connections behind it. */
function standing() {
  const state = { now: 0, epoch: 1, role: 'primary', verdict: 'not met', optional: false, open: 1, waiting: 1 };
  const live: { record: { id: string; healedAt?: number } }[] = [{ record: { id: 'kill' } }];
  const hold = { kind: 'fault', id: 'pause', drawn: true, for: 5000 };
  const drill = {
    clock: { now: () => state.now },
    get steps() {
      return [{ verdict: state.verdict, optional: state.optional }];
    },
    procedures: [],
    get open() {
      return state.open;
    },
    get waiting() {
      return state.waiting;
    },
    live,
    plan: { entries: [hold] },
    topology: { shards: [{ shard: 1 }] },
    prober: { lost: () => true },
    observer: {
      consensus: () => ({
        owners: new Map(),
        failed: new Set(),
        nodes: new Map([
          ['node-1', { reachable: true, role: state.role, linkUp: false, currentEpoch: state.epoch, peers: new Map() }],
        ]),
      }),
    },
  } as unknown as Drill;
  const still = watchStandstill(drill);
  const stillAfter = (ms: number): number => {
    state.now += ms;
    return still();
  };
  stillAfter(0);
  return { state, live, stillAfter };
}

describe('nothing can change any more', () => {
  it('when a step has failed, everybody waits, and the servers have shown the same for a while', () => {
    const { stillAfter } = standing();
    expect([stillAfter(1000), stillAfter(1000), stillAfter(5000)]).toEqual([1000, 2000, 7000]);
  });

  it.each([
    ['an election', (s: ReturnType<typeof standing>) => s.state.epoch++],
    ['a node that loads its data', (s: ReturnType<typeof standing>) => (s.state.role = 'loading')],
    ['an entry that is carried out', (s: ReturnType<typeof standing>) => (s.state.waiting = 0)],
    [
      'a fault that will be healed in time',
      (s: ReturnType<typeof standing>) => s.live.push({ record: { id: 'pause' } }),
    ],
    ['nothing that has been missed', (s: ReturnType<typeof standing>) => (s.state.verdict = 'met')],
    ['a miss that decides nothing', (s: ReturnType<typeof standing>) => (s.state.optional = true)],
  ])('but not with %s', (_, change) => {
    const drill = standing();
    drill.stillAfter(5000);
    change(drill);
    expect(drill.stillAfter(1000)).toBe(0);
  });
});

it('servers are given the time for a second try', () => {
  const spec = { kind: 'cluster', config: { 'cluster-node-timeout': '2000' } };
  expect(patienceWith({ spec } as never)).toBe(2 * 2000 + 1000 + 8000);
});

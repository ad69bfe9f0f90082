import { describe, expect, it, test } from 'vitest';
import { consensus, slotOwner, slotsCovered } from './consensus.js';
import { dealSlots, ONE_SHARD } from './slots.js';
import type { NodeView, PeerView, Whole } from './types.js';
import { unreachable } from './views.js';

const shards = dealSlots(3);

/** Three primaries and their replicas as node-`observer` sees them; `lead` overrides who leads a shard. */
function view(
  observer: number,
  {
    lead = {},
    bad = {},
    ...over
  }: { lead?: Record<number, number>; bad?: Record<number, 'pfail' | 'fail'> } & Partial<NodeView> = {},
): NodeView {
  const leader = (shard: number): number => lead[shard] ?? shard;
  const peers = new Map<string, PeerView>();
  for (let n = 1; n <= 6; n++) {
    const shard = ((n - 1) % 3) + 1;
    const primary = leader(shard) === n;
    peers.set(`node-${n}`, {
      role: primary ? 'primary' : 'replica',
      health: bad[n] ?? 'ok',
      epoch: shard,
      slots: primary ? shards[shard - 1]!.slots : [],
      open: [],
      linked: true,
    });
  }
  const me = peers.get(`node-${observer}`)!;
  return {
    ...unreachable(`node-${observer}`, 0),
    reachable: true,
    role: me.role,
    state: 'ok',
    linkUp: true,
    replicasOnline: me.role === 'primary' ? 1 : 0,
    peers,
    ...over,
  };
}
const all = (...views: NodeView[]): Map<string, NodeView> => {
  const map = new Map([1, 2, 3, 4, 5, 6].map((n) => [`node-${n}`, view(n)]));
  for (const one of views) map.set(one.node, one);
  return map;
};
const judge = (views: Map<string, NodeView>) => consensus(views, { kind: 'cluster', shards, replicas: [1, 1, 1] }, 0);

test('a whole cluster has no problems', () => {
  const { owners, agree, problems } = judge(all());
  expect(problems).toEqual([]);
  expect(agree).toBe(true);
  expect([...owners.values()]).toEqual(['node-1', 'node-2', 'node-3']);
});

// An isolated primary still calls itself the owner; the two others have elected node-4 meanwhile.
test('an isolated primary that believes in itself decides nothing', () => {
  const others = [2, 3, 4, 5, 6].map((n) => view(n, { lead: { 1: 4 }, bad: { 1: 'fail' } }));
  const { owners, failed, agree } = judge(all(view(1, { bad: { 2: 'pfail', 3: 'pfail' } }), ...others));
  expect(owners.get(1)).toBe('node-4');
  expect([...failed]).toEqual(['node-1']);
  expect(agree).toBe(false);
});

test('without a majority of primaries nobody owns anything', () => {
  const { owners, problems } = judge(all(unreachable('node-1', 0), unreachable('node-2', 0)));
  expect(owners.size).toBe(0);
  expect(problems).toContain('shard 3 has no reachable primary');
});

// Two clusters have met, and one node has taken every slot: its table lists no other primary that has any.
test('who has taken all slots is a majority of one, and who merely lists others as gone is not', () => {
  const taken = all();
  for (const one of taken.values())
    for (const [name, peer] of one.peers) {
      peer.slots = name === 'node-1' ? [[0, 16_383]] : [];
      peer.role = name === 'node-1' ? 'primary' : 'replica';
    }
  expect([...judge(taken).owners.values()]).toEqual(['node-1', 'node-1', 'node-1']);
  expect(slotsCovered(judge(taken), 'cluster')).toBe(16_384);
  const alone = [2, 3, 4, 5, 6].map((n) => unreachable(`node-${n}`, 0));
  const view1 = judge(all(view(1, { bad: { 2: 'fail', 3: 'fail' } }), ...alone));
  expect([view1.owners.size, slotsCovered(view1, 'cluster')]).toEqual([0, 0]);
});

test('a missing replica costs redundancy but not agreement', () => {
  const { agree, problems } = judge(all(view(2, { replicasOnline: 0 }), view(5, { linkUp: false })));
  expect(agree).toBe(true);
  expect(problems).toEqual(['shard 2: 0 of 1 replicas online', 'node-5 is not in sync with its primary']);
});

test('a suspicion and a lost slot each break agreement, a half-open slot does not, and all are named', () => {
  expect(judge(all(view(6, { bad: { 1: 'pfail' } }))).problems).toEqual(['node-6 flags node-1 PFAIL']);
  const short = view(3);
  short.peers.get('node-3')!.slots = [[10_923, 16_382]];
  expect(judge(all(short)).problems).toContain('node-3 sees 16383 of 16384 slots');
  const open = view(3);
  open.peers.get('node-3')!.open = ['[42->-x]'];
  expect(judge(all(open))).toMatchObject({ agree: true, problems: ['node-3 has open slots [42->-x]'] });
});

test('who is looked for where it no longer is, or nowhere, is no agreement', () => {
  const lost = view(3);
  lost.peers.get('node-1')!.misplaced = '10.0.0.1';
  lost.peers.get('node-2')!.misplaced = '';
  expect(judge(all(lost))).toMatchObject({
    agree: false,
    problems: ['node-3 holds node-1 at 10.0.0.1, where it is not', 'node-3 knows no address of node-2'],
  });
});

/** Everybody holds that `node` has these slots. */
function hold(views: Map<string, NodeView>, node: string, slots: [number, number][]): Map<string, NodeView> {
  for (const view of views.values()) view.peers.get(node)!.slots = slots;
  return views;
}
const without42: [number, number][] = [
  [0, 41],
  [43, 5460],
];

test('a slot that moves takes neither its shard nor the agreement along', () => {
  const views = hold(hold(all(), 'node-1', [[1, 5460]]), 'node-2', [[0, 0], ...shards[1]!.slots]);
  const view = judge(views);
  expect(view.problems).toEqual([]);
  expect(view.owners.get(1)).toBe('node-1');
  expect(slotOwner(0, view)).toBe('node-2');
  expect(slotsCovered(view, 'cluster')).toBe(16_384);
});

test('a slot that nobody owns is missed, and not covered', () => {
  const view = judge(hold(all(), 'node-1', without42));
  expect(view.problems).toContain('node-1 sees 16383 of 16384 slots');
  expect(slotOwner(42, view)).toBeUndefined();
  expect(slotsCovered(view, 'cluster')).toBe(16_383);
});

// The sum of all claims is 16384 here: one slot is missing, another is counted twice.
test('a slot that two nodes claim covers for no other', () => {
  const views = hold(all(), 'node-1', without42);
  views.get('node-2')!.peers.get('node-2')!.slots = [[7, 7], ...shards[1]!.slots];
  const view = judge(views);
  expect(view.problems).toContain('node-1 and node-2 both claim slot 7');
  expect(slotsCovered(view, 'cluster')).toBe(16_383);
});

test("a replica that shows its primary's open slot says nothing of its own", () => {
  const replica = view(4);
  replica.peers.get('node-4')!.open = ['[42->-x]'];
  expect(judge(all(replica)).problems).toEqual([]);
});

test('a replica that trails far behind is no redundancy, one that trails a little is', () => {
  expect(judge(all(view(5, { lag: 900 }))).problems).toEqual([]);
  const { agree, problems } = judge(all(view(5, { lag: 2300 })));
  expect(problems).toEqual(['node-5 trails its primary by 2.3 s']);
  expect(agree).toBe(true);
});

describe('without slots', () => {
  const peer: PeerView = { role: 'replica', health: 'ok', epoch: 0, slots: [], open: [], linked: true };
  const led: PeerView = { ...peer, role: 'primary', slots: ONE_SHARD[0]!.slots };
  const says = (
    node: string,
    leader: string,
    over: Partial<NodeView> = {},
    flagged: Partial<PeerView> = {},
  ): NodeView => ({
    ...unreachable(node, 0),
    reachable: true,
    role: node === leader ? 'primary' : 'replica',
    state: 'ok',
    linkUp: true,
    peers: new Map(
      ['node-1', 'node-2'].map((name) => [
        name,
        { ...(name === leader ? led : peer), ...(name === 'node-1' && flagged) },
      ]),
    ),
    ...over,
  });
  const judged = (whole: Whole, ...views: NodeView[]) =>
    consensus(new Map(views.map((view) => [view.node, view])), whole, 0);
  const replication: Whole = { kind: 'replication', shards: ONE_SHARD, replicas: [1] };
  const names = ['sentinel-1', 'sentinel-2', 'sentinel-3'];
  const sentinel: Whole = { ...replication, kind: 'sentinel', sentinels: { names: new Set(names), quorum: 2 } };
  const watched = (flagged: Partial<PeerView>): NodeView[] =>
    names.map((name) => says(name, 'node-1', { role: 'sentinel' }, flagged));

  it('two that both call themselves primary cover every slot once', () => {
    const view = judged(replication, says('node-1', 'node-1'), says('node-2', 'node-2', { offset: 9 }));
    expect(view.owners.get(1)).toBe('node-2');
    expect(slotsCovered(view, 'replication')).toBe(16_384);
    expect(view.problems).toContain('node-1 calls itself primary beside node-2');
  });

  it('whom its replicas still name covers nothing as long as it does not answer', () => {
    const view = judged(replication, unreachable('node-1', 0), says('node-2', 'node-1'));
    expect(view.owners.get(1)).toBe('node-1');
    expect(slotsCovered(view, 'replication')).toBe(0);
  });

  it('a primary has failed when a sentinel says ODOWN, not when all of them lost sight of it', () => {
    expect([...judged(sentinel, says('node-1', 'node-1'), ...watched({ health: 'pfail' })).failed]).toEqual([]);
    expect([...judged(sentinel, says('node-1', 'node-1'), ...watched({ health: 'fail' })).failed]).toEqual(['node-1']);
  });

  it('of a replica there is no ODOWN: it has failed when a quorum of sentinels lost sight of it', () => {
    const lost = names.map((name, i) =>
      says(name, 'node-2', { role: 'sentinel' }, { health: i < 2 ? ('pfail' as const) : ('ok' as const) }),
    );
    const views = [says('node-1', 'node-2'), says('node-2', 'node-2')];
    expect([...judged(sentinel, ...views, ...lost).failed]).toEqual(['node-1']);
    expect([...judged(sentinel, ...views, ...lost.slice(1)).failed]).toEqual([]);
  });
});

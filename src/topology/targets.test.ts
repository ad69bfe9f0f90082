import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seeded } from '../core/rng.js';
import { dealSlots } from '../deployment/slots.js';
import type { ClusterView, NodeView, PeerView } from '../deployment/types.js';
import { unreachable } from '../deployment/views.js';
import { checkTarget, parseTarget, resolveTargets } from './targets.js';
import type { ManagedNode, Topology } from './types.js';
import { zoneOf } from './zones.js';

const spec = { kind: 'cluster' as const, shards: 3, replicas: 1, zones: { names: ['eu', 'us', 'ap'] } };
const guarded = {
  kind: 'sentinel' as const,
  shards: 1,
  replicas: 2,
  sentinels: { count: 3, quorum: 2, downAfter: 2000, failoverTimeout: 10_000, parallelSyncs: 1 },
};

/** node-1 … node-3 lead shards 1 … 3, node-4 … node-6 follow them; `swap` lets node-4 lead shard 1. */
function cluster({ swap = false } = {}): { topology: Topology; view: ClusterView } {
  const shards = dealSlots(3);
  const nodes = Array.from(
    { length: 6 },
    (_, i) =>
      ({
        name: `node-${i + 1}`,
        index: i,
        initial: { shard: (i % 3) + 1, role: i < 3 ? 'primary' : 'replica' },
        zone: zoneOf(spec, i),
      }) as ManagedNode,
  );
  const leads = (i: number): boolean => (swap ? [1, 2, 3] : [0, 1, 2]).includes(i);
  const peer = (i: number): PeerView => ({
    role: leads(i) ? 'primary' : 'replica',
    health: 'ok',
    ...(!leads(i) && { primary: `node-${((i + 3) % 6) + 1}` }),
    epoch: 1,
    slots: leads(i) ? shards[i % 3]!.slots : [],
    open: [],
    linked: true,
  });
  const peers = new Map(nodes.map((node, i) => [node.name, peer(i)]));
  const views = new Map<string, NodeView>(
    nodes.map((node, i) => [
      node.name,
      { ...unreachable(node.name, 0), reachable: true, role: leads(i) ? 'primary' : 'replica', peers },
    ]),
  );
  const owners = new Map([1, 2, 3].map((shard) => [shard, swap && shard === 1 ? 'node-4' : `node-${shard}`]));
  const topology = {
    kind: 'cluster',
    nodes,
    sentinels: [],
    all: nodes,
    shards,
    spec: { ...spec },
    node: (name: string) => nodes.find((node) => node.name === name)!,
  } as unknown as Topology;
  return {
    topology,
    view: { t: 0, nodes: views, owners, failed: new Set(), quorate: true, agree: true, problems: [] },
  };
}
/** Slot 42 has moved to node-2, without its shard. */
function movedSlot(): { topology: Topology; view: ClusterView } {
  const { topology, view } = cluster();
  for (const { peers } of view.nodes.values()) {
    peers.get('node-1')!.slots = [
      [0, 41],
      [43, 5460],
    ];
    peers.get('node-2')!.slots = [[42, 42], ...topology.shards[1]!.slots];
  }
  return { topology, view };
}
const names = (words: string[], options = {}, seed = 'seed'): string[] => {
  const { topology, view } = cluster(options);
  return resolveTargets(words.map(parseTarget), view, topology, seeded(seed)).map((node) => node.name);
};

test('the primary of a slot is the node that owns it now, whatever shard it began in', () => {
  const { topology, view } = movedSlot();
  const one = (words: string) => resolveTargets([parseTarget(words)], view, topology, seeded('x'))[0]!.name;
  expect(one('primary of slot 42')).toBe('node-2');
  expect(one('replica of slot 42')).toBe('node-5');
  expect(one('primary of slot 43')).toBe('node-1');
  expect(one('primary of shard 1')).toBe('node-1');
});

test('roles are those of the moment, not those of the start', () => {
  expect(names(['primary of shard 1'])).toEqual(['node-1']);
  expect(names(['primary of shard 1'], { swap: true })).toEqual(['node-4']);
  expect(names(['replica of shard 1'], { swap: true })).toEqual(['node-1']);
  expect(names(['primary of slot 16383'])).toEqual(['node-3']);
  expect(names(['primary of key foo'])).toEqual(['node-3']);
});

test('lists are taken in order, each node once', () => {
  expect(names(['node-5', 'primary of shard 2', 'node-5'])).toEqual(['node-5', 'node-2']);
  expect(names(['replicas'])).toEqual(['node-4', 'node-5', 'node-6']);
});

test('minority and majority speak of primaries and never overlap in size', () => {
  expect(names(['minority'])).toHaveLength(1);
  expect(names(['majority'])).toHaveLength(2);
  expect(names(['all'])).toHaveLength(6);
});

test('the same seed picks the same node, and every node can be picked', () => {
  fc.assert(
    fc.property(fc.string(), (seed) => {
      expect(names(['one'], {}, seed)).toEqual(names(['one'], {}, seed));
    }),
  );
  const picked = new Set(Array.from({ length: 200 }, (_, i) => names(['one'], {}, `seed ${i}`)[0]));
  expect(picked.size).toBe(6);
});

test.each([
  ['primary of shard 9', 'there is no shard 9: the topology has 3 (1 to 3)'],
  ['node-7', 'there is no node-7: the topology has node-1 to node-6'],
  ['primary of slot 16384', 'there is no slot 16384: slots are 0 to 16383'],
  ['zone sa', 'there is no zone sa: the topology has eu, us, ap'],
  ['primary of zone sa', 'there is no zone sa: the topology has eu, us, ap'],
])('%s is refused when the file is loaded', (text, why) => expect(checkTarget(parseTarget(text), spec)).toBe(why));

test('a topology without zones has no zone to lose', () => {
  const flat = { kind: 'cluster' as const, shards: 3, replicas: 1 };
  expect(checkTarget(parseTarget('zone eu'), flat)).toBe('the topology has no zones, so no zone eu');
  expect(checkTarget(parseTarget('replicas of zone eu'), flat)).toBe('the topology has no zones, so no zone eu');
});

test('a zone is all of its nodes, and its primaries are those of the moment', () => {
  expect(names(['zone us'])).toEqual(['node-2', 'node-4']);
  expect(names(['primaries of zone us'])).toEqual(['node-2']);
  expect(names(['primaries of zone us'], { swap: true })).toEqual(['node-4', 'node-2']);
  expect(names(['replica of zone ap'])).toEqual(['node-5']);
  expect(() => names(['primary of zone eu'], { swap: true })).toThrow('no primary in zone eu right now');
});

test.each([
  ['sentinel', undefined, 'a topology of kind cluster has no sentinel'],
  ['sentinel-3', undefined, 'a topology of kind cluster has no sentinel'],
  ['sentinel-4', 'there is no sentinel-4: the topology has sentinel-1 to sentinel-3', undefined],
  ['majority of sentinels', undefined, 'a topology of kind cluster has no sentinel'],
])('%s depends on the kind of topology', (text, why, inCluster) => {
  expect(checkTarget(parseTarget(text), guarded)).toBe(why);
  if (inCluster !== undefined) expect(checkTarget(parseTarget(text), spec)).toBe(inCluster);
});

test('sentinels are picked by number, alone, all, or as a share of them', () => {
  const { topology, view } = cluster();
  const sentinels = [1, 2, 3].map((n) => ({ name: `sentinel-${n}` }) as ManagedNode);
  const all = [...topology.nodes, ...sentinels];
  const node = (name: string) => all.find((one) => one.name === name)!;
  const pick = (words: string) =>
    resolveTargets([parseTarget(words)], view, { ...topology, sentinels, node }, seeded('seed')).length;
  expect(['sentinel', 'sentinel-2', 'sentinels', 'minority of sentinels', 'majority of sentinels'].map(pick)).toEqual([
    1, 1, 3, 1, 2,
  ]);
});

test('a misspelt word is answered with the right one', () => {
  expect(() => parseTarget('primry of shard 1')).toThrow('Did you mean "primary of shard 1"?');
  expect(() => parseTarget('')).toThrow('is not a target');
});

test('sentinels of a zone are those that stand there, if any does', () => {
  const sentinels = { count: 2, quorum: 1, downAfter: 1, failoverTimeout: 1, parallelSyncs: 1 };
  const watched = { kind: 'sentinel' as const, shards: 1, replicas: 1, sentinels, zones: { names: ['a', 'b', 'c'] } };
  expect(parseTarget('sentinels of zone b')).toEqual({ kind: 'sentinel', which: 'all', zone: 'b' });
  expect(checkTarget(parseTarget('sentinel of zone b'), watched)).toBeUndefined();
  expect(checkTarget(parseTarget('sentinels of zone c'), watched)).toBe('zone c has no sentinel');
  expect(checkTarget(parseTarget('sentinels of zone d'), watched)).toBe('there is no zone d: the topology has a, b, c');
});

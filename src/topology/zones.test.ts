import fc from 'fast-check';
import { expect, test } from 'vitest';
import { membersOf, primariesIn, zoneOf, zoneOfSentinel } from './zones.js';

const laid = fc.record({
  shards: fc.integer({ min: 1, max: 40 }),
  replicas: fc.integer({ min: 0, max: 5 }),
  zones: fc.integer({ min: 1, max: 6 }).map((n) => ({ names: Array.from({ length: n }, (_, i) => `zone-${i}`) })),
});

test('the nodes of a shard stand in as many zones as there are', () => {
  fc.assert(
    fc.property(laid, (spec) => {
      for (let shard = 0; shard < spec.shards; shard++) {
        const zones = Array.from({ length: 1 + spec.replicas }, (_, rank) => zoneOf(spec, shard + rank * spec.shards));
        expect(new Set(zones).size).toBe(Math.min(1 + spec.replicas, spec.zones.names.length));
      }
    }),
  );
});

test('nodes and primaries are spread evenly, and of three zones or more none has a majority of primaries', () => {
  fc.assert(
    fc.property(laid, (spec) => {
      const sizes = [...membersOf(spec).values()].map((nodes) => nodes.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(sizes.reduce((a, b) => a + b)).toBe(spec.shards * (1 + spec.replicas));
      const primaries = spec.zones.names.map((name) => primariesIn(spec, name));
      expect(Math.max(...primaries) - Math.min(...primaries)).toBeLessThanOrEqual(1);
      if (spec.zones.names.length >= 3 && spec.shards >= 2) {
        for (const count of primaries) expect(count).toBeLessThanOrEqual(spec.shards / 2);
      }
    }),
  );
});

test('what the scenario places stands where it says', () => {
  const zones = { names: ['eu', 'us'], nodes: { eu: ['node-2'], us: ['node-1', 'node-3'] } };
  const spec = { shards: 3, replicas: 0, zones };
  expect([0, 1, 2].map((i) => zoneOf(spec, i))).toEqual(['us', 'eu', 'us']);
  expect(membersOf(spec)).toEqual(
    new Map([
      ['eu', ['node-2']],
      ['us', ['node-1', 'node-3']],
    ]),
  );
});

test('without zones nobody has one', () => {
  expect(zoneOf({ shards: 3, replicas: 1 }, 0)).toBeUndefined();
  expect(membersOf({ shards: 3, replicas: 1 }).size).toBe(0);
});

test('sentinels are dealt one zone after the other, or stand where they are placed, and are shown with the nodes', () => {
  const sentinels = { count: 3, quorum: 2, downAfter: 1, failoverTimeout: 1, parallelSyncs: 1 };
  const dealt = { shards: 1, replicas: 1, sentinels, zones: { names: ['a', 'b'] } };
  expect([...membersOf(dealt)]).toEqual([
    ['a', ['node-1', 'sentinel-1', 'sentinel-3']],
    ['b', ['node-2', 'sentinel-2']],
  ]);
  const nodes = { a: ['node-1', 'node-2'], b: ['sentinel-1', 'sentinel-2', 'sentinel-3'] };
  const placed = { ...dealt, zones: { ...dealt.zones, nodes } };
  expect([0, 1, 2].map((i) => zoneOfSentinel(placed, i))).toEqual(['b', 'b', 'b']);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lacksReplicas, placesOf, replicasByShard, wantedReplicas } from './layout.js';

const spec = { kind: 'cluster' as const, shards: 3, replicas: 2, perShard: [2, 0, 1], config: {} };

test('primaries come first, then the first replica of each shard that has one', () => {
  expect(placesOf(spec).map(({ shard, round }) => `${shard}/${round}`)).toEqual([
    '1/0',
    '2/0',
    '3/0',
    '1/1',
    '3/1',
    '1/2',
  ]);
  expect(lacksReplicas(spec)).toBe(true);
});

test('as many nodes as were asked for stand in each shard, whatever the layout', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }), (perShard) => {
      const layout = { shards: perShard.length, replicas: Math.max(...perShard), perShard };
      const places = placesOf(layout);
      expect(replicasByShard(layout)).toEqual(perShard);
      for (const [i, count] of perShard.entries())
        expect(places.filter(({ shard }) => shard === i + 1)).toHaveLength(1 + count);
      expect(places.slice(0, perShard.length).every(({ round }) => round === 0)).toBe(true);
    }),
  );
});

test('where replicas may move, a shard is whole with as many as the poorest began with', () => {
  expect(wantedReplicas(spec)).toEqual([2, 0, 1]);
  const migrating = { ...spec, perShard: [2, 1, 1], config: { 'cluster-allow-replica-migration': 'yes' } };
  expect(wantedReplicas(migrating)).toEqual([1, 1, 1]);
});

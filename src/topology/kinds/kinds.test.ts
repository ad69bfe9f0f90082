import { expect, it } from 'vitest';
import { traitsOf } from '../../deployment/kinds.js';
import { countNodes, seatsOf } from '../seats.js';
import type { TopologySpec } from '../types.js';
import { foreignKeys, kindNames, kindOf, ownFields } from './index.js';

const fleet = { address: (i: number) => `10.0.0.${i + 1}` };
const ids = Array.from({ length: 20 }, (_, i) => String(i).padStart(40, '0'));
const spec = (given: Partial<TopologySpec> & Pick<TopologySpec, 'kind'>): TopologySpec => ({
  shards: 1,
  replicas: 1,
  image: 'redis:7.0',
  config: {},
  ...given,
});
const sentinels = { count: 3, quorum: 2, downAfter: 1000, failoverTimeout: 2000, parallelSyncs: 1 };

it.each([
  [spec({ kind: 'cluster', shards: 2, spares: 1, strangers: { count: 1, epoch: 1 } }), 6],
  [spec({ kind: 'sentinel', replicas: 2, sentinels }), 6],
  [spec({ kind: 'replication', replicas: 2 }), 3],
])('$kind has a seat for each container, and a replica knows its primary', (spec, count) => {
  expect(countNodes(spec)).toBe(count);
  const seats = seatsOf(spec, fleet, ids.slice(0, count));
  expect(new Set(seats.map(({ name }) => name)).size).toBe(count);
  expect(seats.map(({ ip }) => ip)).toEqual(seats.map((_, i) => fleet.address(i)));
  for (const { role, primary, shard } of seats)
    expect(primary?.name).toBe(role === 'replica' ? `node-${shard}` : undefined);
});

it('keys of another kind are told, and those of the own are not', () => {
  const written = { shards: 3, sentinels: {}, spares: 1 };
  const keys = (kind: string): string[] => foreignKeys(kind, written).map(({ key }) => key);
  expect(keys('cluster')).toEqual(['sentinels']);
  expect(keys('sentinel')).toEqual(['shards', 'spares']);
  expect(keys('replication')).toEqual(['shards', 'spares', 'sentinels']);
  expect(Object.keys(ownFields)).toEqual(['sentinels', 'spares', 'strangers']);
});

it('where nobody decides nobody looks, and clients are pointed to a node', () => {
  for (const kind of kindNames) {
    const nobody = traitsOf(kind).arbiter === 'nobody';
    expect(kindOf({ kind }).entry !== undefined).toBe(nobody);
    expect(kindOf({ kind }).silences(spec({ kind, sentinels })).includes(0)).toBe(nobody);
  }
});

it('a recording of a kind that nobody knows here is refused in words', () => {
  expect(() => traitsOf('mesh')).toThrow('this redrill knows no topology of kind "mesh"');
  expect(traitsOf('cluster').hasSlots).toBe(true);
});

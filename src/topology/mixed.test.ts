import { describe, expect, it, test } from 'vitest';
import type { Server } from '../deployment/types.js';
import { cannotFollow, imageFor, imagesOf, mismatch, noWayBack, unknownGroup } from './mixed.js';
import type { TopologySpec } from './types.js';

const server = (text: string): Server => {
  const [product, version] = text.split(':') as [Server['product'], string];
  return { product, version };
};
const spec: TopologySpec = { kind: 'cluster', shards: 3, replicas: 1, image: 'redis:7.0', config: {} };

// As tried with the servers themselves, each with a key and a hash.
const order = ['redis:6.0', 'redis:7.0', 'redis:8.0', 'valkey:8.1', 'valkey:9.1'];
const works = ['11111', '01111', '00100', '00111', '00111'];
describe.each(order)('a primary of %s', (primary) => {
  it.each(order)('and a replica of %s', (replica) => {
    const can = works[order.indexOf(primary)]![order.indexOf(replica)] === '1';
    expect(cannotFollow(server(replica), server(primary)) === undefined).toBe(can);
  });
});

test('the node comes before its zone, its zone before its role, and the common image is what is left', () => {
  const images = { replicas: 'r', 'zone eu': 'z', 'node-2': 'n' };
  const of = (name: string, role: 'primary' | 'replica', zone: string) =>
    imageFor({ image: 'i', images }, { name, role, zone });
  expect(of('node-1', 'primary', 'us')).toBe('i');
  expect(of('node-2', 'replica', 'eu')).toBe('n');
  expect(of('node-3', 'replica', 'eu')).toBe('z');
  expect(of('node-4', 'replica', 'us')).toBe('r');
  expect(imagesOf({ image: 'i', images })).toEqual(['i', 'r', 'z', 'n']);
});

test('a replica that is older than its primary is told before anything is started', () => {
  const older = { ...spec, images: { replicas: 'redis:6.0' } };
  expect(mismatch(older, server)).toBe(
    "node-4 can't follow node-1: redis 6.0 can't be a replica of redis 7.0: it can't handle RDB format version 10",
  );
  expect(mismatch(older, () => undefined)).toBeUndefined();
  expect(mismatch({ ...spec, images: { 'node-4': 'valkey:8.1' } }, server)).toBeUndefined();
});

test('a failover to a newer server may be a way without return', () => {
  expect(noWayBack({ ...spec, images: { replicas: 'valkey:8.1' } }, server)).toContain(
    "redis 7.0 can't be a replica of valkey 8.1",
  );
  expect(noWayBack({ ...spec, image: 'valkey:8.1', images: { replicas: 'valkey:9.1' } }, server)).toBeUndefined();
});

test('a name that stands for no node is told, with those that do', () => {
  expect(unknownGroup(spec, 'replicas')).toBeUndefined();
  expect(unknownGroup(spec, 'node-6')).toBeUndefined();
  expect(unknownGroup(spec, 'node-7')).toBe(
    '"node-7" names no node of this topology: write primaries, replicas, or one of node-1 to node-6',
  );
  expect(unknownGroup({ ...spec, zones: { names: ['eu', 'us'] } }, 'zone ap')).toContain('zone eu, zone us');
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TopologySpec } from '../topology/types.js';
import { countVariants, slug, variantsOf } from './matrix.js';

const base: TopologySpec = {
  kind: 'cluster',
  shards: 3,
  replicas: 1,
  image: 'redis:7.0',
  config: { appendonly: 'no' },
};

describe('a matrix', () => {
  it('is one unnamed variant where there is none', () => {
    expect(variantsOf(base, undefined)).toEqual([{ suffix: '', label: '', topology: base }]);
  });

  it('makes every combination, named after its values', () => {
    const variants = variantsOf(base, {
      image: ['redis:7.0', 'valkey/valkey:8.1'],
      config: { 'cluster-node-timeout': ['1000', '5000'] },
    });
    expect(variants.map(({ suffix }) => suffix)).toEqual([
      '-redis-7-0-cluster-node-timeout-1000',
      '-redis-7-0-cluster-node-timeout-5000',
      '-valkey-valkey-8-1-cluster-node-timeout-1000',
      '-valkey-valkey-8-1-cluster-node-timeout-5000',
    ]);
    expect(variants.at(-1)!.topology).toEqual({
      ...base,
      image: 'valkey/valkey:8.1',
      config: { appendonly: 'no', 'cluster-node-timeout': '5000' },
    });
  });

  it('varies what a node keeps', () => {
    const variants = variantsOf(base, { persistence: ['none', 'aof-always'] });
    expect(variants.map(({ suffix, topology }) => [suffix, topology.persistence])).toEqual([
      ['-none', 'none'],
      ['-aof-always', 'aof-always'],
    ]);
  });

  it('counts without building, and counts right', () => {
    const lists = fc.record({
      shards: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      replicas: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1 }),
    });
    fc.assert(
      fc.property(lists, (matrix) => {
        expect(variantsOf(base, matrix)).toHaveLength(countVariants(matrix));
      }),
    );
  });

  it('gives names that are lower case words joined by "-"', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(slug(text)).toMatch(/^([a-z0-9]+(-[a-z0-9]+)*)?$/);
      }),
    );
  });
});

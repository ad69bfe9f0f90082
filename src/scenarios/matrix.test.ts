import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slug, variantsOf } from './matrix.js';
import { load, problemsOf } from './testing/write.js';

const base = `
name: m
topology: { config: { appendonly: no } }
timeline: [{ id: first, at: 3s, steps: [{ id: cut, fault: pause, target: primary of shard 1, for: 3s }] }]
objectives: { recovery_time: < 60s }
`;
const made = async (matrix: string, text = base) => load(`${text}matrix: ${matrix}\n`);

describe('a matrix', () => {
  it('is one unnamed variant where there is none', () => {
    expect(variantsOf({ name: 'x' }).variants).toEqual([
      { suffix: '', label: '', data: { name: 'x' }, origin: expect.any(Function) },
    ]);
  });

  it('makes every combination, named after its values', async () => {
    const scenarios = await made(
      '{ image: [redis:7.0, valkey/valkey:8.1], config: { cluster-node-timeout: [1000, 5000], appendfsync: [no] } }',
    );
    expect(scenarios.map(({ name }) => name)).toEqual([
      'm-redis-7-0-cluster-node-timeout-1000-appendfsync-no',
      'm-redis-7-0-cluster-node-timeout-5000-appendfsync-no',
      'm-valkey-valkey-8-1-cluster-node-timeout-1000-appendfsync-no',
      'm-valkey-valkey-8-1-cluster-node-timeout-5000-appendfsync-no',
    ]);
    expect(scenarios.at(-1)).toMatchObject({
      title: 'm (valkey-valkey-8-1-cluster-node-timeout-5000-appendfsync-no)',
      variant: { of: 'm', label: 'valkey/valkey:8.1, cluster-node-timeout 5000, appendfsync no' },
      topology: { image: 'valkey/valkey:8.1', config: { appendonly: 'no', 'cluster-node-timeout': '5000' } },
    });
  });

  it.each([
    ['{ persistence: [none, aof-always] }', ['none', 'aof-always']],
    ['{ shards: [3, 5], replicas: [1] }', ['3-shards-1-replicas', '5-shards-1-replicas']],
    ['{ replicas: [[2, 1, 1], 2] }', ['2-1-1-replicas', '2-replicas']],
    [
      '{ zones: [[eu, us], { names: [a, b, c], links: [{ latency: 5ms }] }] }',
      ['zones-eu-us', 'zones-a-b-c-links-latency-5ms'],
    ],
    [
      '{ memory: [64mb, 128mb], tls: [true, false] }',
      ['memory-64mb-tls-true', 'memory-64mb-tls-false', 'memory-128mb-tls-true', 'memory-128mb-tls-false'],
    ],
    [
      '{ workload: { rate: [100/s, 900/s], wait: { replicas: [0, 1] } } }',
      ['rate-100-s-replicas-0', 'rate-100-s-replicas-1', 'rate-900-s-replicas-0', 'rate-900-s-replicas-1'],
    ],
    [
      '{ timeline: { cut: { for: [2s, 5s], fault: [pause, hang] } } }',
      ['for-2s-fault-pause', 'for-2s-fault-hang', 'for-5s-fault-pause', 'for-5s-fault-hang'],
    ],
  ])('varies what a file can say: %s', async (matrix, suffixes) => {
    expect((await made(matrix)).map(({ name }) => name)).toEqual(suffixes.map((suffix) => `m-${suffix}`));
  });

  it("varies sentinels' settings", async () => {
    const text = base.replace('topology: {', 'topology: { kind: sentinel,');
    const scenarios = await made('{ sentinels: { down_after: [1s, 2s], count: [3, 5] } }', text);
    expect(scenarios.map(({ topology }) => [topology.sentinels!.downAfter, topology.sentinels!.count])).toEqual([
      [1000, 3],
      [1000, 5],
      [2000, 3],
      [2000, 5],
    ]);
  });

  it('is checked as each of its files would be, and told where it was written', async () => {
    const problems = (matrix: string) => problemsOf(`${base}matrix: ${matrix}\n`);
    expect(await problems('{ shards: [3, 1], workload: { wait: { replicas: [1, 2] } } }')).toEqual([
      'no write can reach 2 replicas: each primary has 1',
    ]);
    expect(await problems('{ config: { port: [1] } }')).toEqual(['redrill sets port itself: redrill chooses it']);
    expect(await problems('{ workload: { rat: [1/s] } }')).toEqual(['unknown key "rat". Did you mean "rate"?']);
    expect(await problems('{ password: [a, b] }')).toEqual([expect.stringContaining('unknown key "password"')]);
    expect(await problems('{ timeline: { cot: { for: [2s] } } }')).toEqual(['no entry of "timeline" has the id "cot"']);
    expect(await problems('{ timeline: { cut: { fro: [2s] } } }')).toEqual([
      expect.stringContaining('unknown key "fro"'),
    ]);
    expect(await problems('{ memory: [64mb, 64MB] }')).toEqual(['two combinations are both named "memory-64mb"']);
    expect(await problems(`{ image: [${Array.from({ length: 101 }, (_, i) => `redis:${i}.0`)}] }`)).toEqual([
      '101 combinations are more than the 100 one file may make',
    ]);
  });

  it('gives names that are lower case words joined by "-"', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(slug(text)).toMatch(/^([a-z0-9]+(-[a-z0-9]+)*)?$/);
      }),
    );
  });
});

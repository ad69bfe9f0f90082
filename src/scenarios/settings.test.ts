import { describe, expect, it } from 'vitest';
import type { Seat } from '../topology/config.js';
import { redisConf } from '../topology/redis-conf.js';
import { nodeTimeout } from '../topology/silence.js';
import { describePlan } from './describe.js';
import { planOf } from './plan.js';
import { loadOne, problemsOf } from './testing/write.js';

const minimal = `
name: kill-one
timeline: [{ at: 3s, fault: kill, target: primary }]
objectives: { availability: ">= 1%" }
`;
const topologyOf = async (text: string) => (await loadOne(`${minimal}topology: ${text}`)).topology;
const seat = (name: string, role: Seat['role'], zone?: string): Seat => ({
  name,
  id: '1'.repeat(40),
  ip: '10.0.0.1',
  port: 6379,
  shard: 1,
  role,
  zone,
});
const linesOf = async (text: string, of: Seat): Promise<string[]> =>
  redisConf(await topologyOf(text), of, { product: 'redis', version: '7.0.15' }, { secrets: [] } as never).split('\n');

describe('a directive that stands several times', () => {
  it('has a list, and each of it becomes a line', async () => {
    const lines = await linesOf(
      '{ config: { save: [900 1, 60 10000], client-output-buffer-limit: [replica 64mb 16mb 60, "pubsub 8mb 2mb 60 normal 0 0 0"], rename-command: [KEYS "", FLUSHDB wipe-all] } }',
      seat('node-1', 'primary'),
    );
    expect(lines.filter((line) => /^(save|client-out|rename)/.test(line))).toEqual([
      'save 900 1',
      'save 60 10000',
      'client-output-buffer-limit replica 64mb 16mb 60',
      'client-output-buffer-limit pubsub 8mb 2mb 60',
      'client-output-buffer-limit normal 0 0 0',
      'rename-command KEYS ""',
      'rename-command FLUSHDB wipe-all',
    ]);
  });

  it.each([
    ['{ config: { maxmemory: [64mb, 32mb] } }', 'maxmemory stands once'],
    ['{ config: { save: [] } }', 'a list of at least 1 entry is expected'],
    ['{ config: { save: [[900 1]] } }', 'a setting is a text'],
    ['{ config: { save: sometimes } }', '"sometimes" is not how save is written; write for example 900 1'],
    ['{ config: { save: 900 } }', '"900" is not how save is written'],
    ['{ config: { save: 0 1 } }', '"0 1" is not how save is written'],
    ['{ config: { save: [900 1, ""] } }', 'an empty line takes back the other lines of save'],
    ['{ config: { save: [900 1, 900 1] } }', 'save says two things of "900 1"'],
    ['{ config: { client-output-buffer-limit: [replica 1mb 1mb 60, slave 2mb 1mb 60] } }', 'two things of "replica"'],
    ['{ config: { client-output-buffer-limit: replica 1mb } }', 'is not how client-output-buffer-limit is written'],
    ['{ config: { client-output-buffer-limit: everybody 1mb 1mb 60 } }', 'is not how client-output-buffer-limit'],
    ['{ config: { rename-command: [KEYS "", keys x] } }', 'rename-command says two things of "KEYS"'],
    ['{ config: { rename-command: [KEYS "", INFO ""] } }', 'redrill itself needs INFO'],
    ['{ config: { loadmodule: module.so } }', 'is not how loadmodule is written'],
    ['{ config: { user: [a, b] } }', 'use topology.users'],
    ['{ config: { cluster-config-file: nodes.conf } }', '/data/nodes.conf puts it beside the data'],
    ['{ config: { maxmemory: 64mb, MaxMemory: 32mb } }', 'MaxMemory stands here twice'],
    ['{ kind: sentinel, sentinels: { config: { announce-port: [1, 2] } } }', 'announce-port stands once'],
  ])('refuses %s', async (topology, message) => {
    expect(await problemsOf(`${minimal}topology: ${topology}`)).toEqual([expect.stringContaining(message)]);
  });

  it('may be varied by a matrix, a list being one of its values', async () => {
    expect(await problemsOf(`${minimal}matrix: { config: { save: [[900 1, 60 5], ""] } }`)).toEqual([]);
  });
});

it('nodes.conf may lie beside the data, but does not move there at a later start', async () => {
  const config = '{ config: { cluster-config-file: /data/nodes.conf } }';
  expect(await linesOf(config, seat('node-1', 'primary'))).toContain('cluster-config-file /data/nodes.conf');
  const moved = minimal.replace('fault: kill', 'fault: restart, config: { cluster-config-file: /data/nodes.conf }');
  expect(await problemsOf(moved)).toEqual([
    expect.stringContaining('a node keeps its cluster-config-file where it is'),
  ]);
});

describe('settings for some of the nodes', () => {
  const some =
    '{ zones: [a, b], config: { Maxmemory: 64mb, replica-priority: 5 }, configs: { replicas: { maxmemory: 32mb }, zone b: { maxmemory: 16mb, hz: 20 }, node-3: { maxmemory: 8mb, cluster-node-timeout: 3000 } } }';
  const own = async (of: Seat): Promise<string[]> =>
    (await linesOf(some, of)).filter((line) => /^(maxmemory|hz|replica-priority)\b/.test(line));

  it('a node comes before its zone, its zone before its role, its role before all', async () => {
    expect(await own(seat('node-1', 'primary', 'a'))).toEqual(['maxmemory 64mb', 'replica-priority 5']);
    expect(await own(seat('node-4', 'replica', 'a'))).toEqual(['maxmemory 32mb', 'replica-priority 5']);
    expect(await own(seat('node-4', 'replica', 'b'))).toEqual(['maxmemory 16mb', 'replica-priority 5', 'hz 20']);
    expect(await own(seat('node-3', 'replica', 'b'))).toEqual(['maxmemory 8mb', 'replica-priority 5', 'hz 20']);
  });

  it('are shown in the plan, and what rests on them is derived from all of them', async () => {
    const plan = planOf(await loadOne(`${minimal}topology: ${some}`));
    expect(describePlan(plan)).toMatch(/node-3: maxmemory 8mb, cluster-node-timeout 3000/);
    expect(nodeTimeout(plan.topology)).toBe(15_000);
    expect(plan.predictions[0]!.min).toBe(3500);
    expect(plan.predictions[0]!.rule).toMatch(/NT = 3000 to 15000 ms/);
  });

  it('of sentinels are lines of sentinel.conf', async () => {
    const { configs } = await topologyOf(
      '{ kind: sentinel, configs: { sentinel-2: { deny-scripts-reconfig: false }, replicas: { replica-priority: 0 } } }',
    );
    expect(configs!['sentinel-2']).toEqual({ 'deny-scripts-reconfig': 'no' });
  });

  it.each([
    ['{ configs: { node-9: { hz: 20 } } }', '"node-9" names no node of this topology'],
    ['{ configs: { sentinels: { loglevel: verbose } } }', '"sentinels" names no node of this topology'],
    ['{ configs: { zone a: { hz: 20 } } }', '"zone a" names no node of this topology'],
    ['{ configs: { node-1: { port: 1 } } }', 'redrill sets port itself'],
    ['{ configs: { node-1: { save: 1 } } }', 'is not how save is written'],
    ['{ configs: { node-1: 5 } }', 'expected a map of keys and values'],
    ['{ kind: sentinel, configs: { sentinel-1: { down-after-milliseconds: 5 } } }', 'use sentinels.down_after'],
  ])('refuses %s', async (topology, message) => {
    expect(await problemsOf(`${minimal}topology: ${topology}`)).toEqual([expect.stringContaining(message)]);
  });

  it('keep a replica from taking over only where every one is kept from it', async () => {
    const predicted = async (configs: string): Promise<number> =>
      planOf(await loadOne(`${minimal}topology: { replicas: 2, configs: ${configs} }`)).predictions.length;
    expect(await predicted('{ replicas: { cluster-replica-no-failover: yes } }')).toBe(0);
    expect(await predicted('{ node-4: { cluster-replica-no-failover: yes } }')).toBe(1);
  });
});

describe('servers that belong to nothing at first', () => {
  it('are shown, named, and no part of the shards', async () => {
    const plan = planOf(await loadOne(`${minimal}topology: { spares: 2, strangers: { epoch: 7 } }`));
    expect(plan.topology).toMatchObject({ spares: 2, strangers: { count: 1, epoch: 7 } });
    expect(plan.nodeIds).toHaveLength(9);
    expect(describePlan(plan)).toMatch(
      /2 spares of them.*\n.*1 stranger of them, a cluster of their own from epoch 7 on/,
    );
  });

  it.each([
    ['{ spares: 0 }', 'at least 1 is expected'],
    ['{ spares: 21 }', 'at most 20 is expected'],
    ['{ strangers: { epoch: -1 } }', 'at least 0 is expected'],
    ['{ kind: sentinel, spares: 1 }', 'spares are of a cluster'],
    ['{ kind: replication, strangers: {} }', 'strangers are of a cluster'],
    ['{ spares: 1, configs: { strangers: { hz: 20 } } }', '"strangers" names no node of this topology'],
  ])('refuses %s', async (topology, message) => {
    expect(await problemsOf(`${minimal}topology: ${topology}`)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['fault: kill, target: spare', 'there is no spare: write topology.spares'],
    ['fault: kill, target: stranger-1', 'there is no stranger: write topology.strangers'],
    ['fault: meet-strangers, target: strangers', 'there is no other cluster'],
    ['procedure: add-node', 'there is no spare node'],
  ])('are asked for: %s', async (what, message) => {
    const text = `name: x\ntimeline: [{ at: 3s, fault: kill, target: primary }, { at: 4s, steps: [{ ${what} }] }]\nobjectives: { nodes_agree: true }\n`;
    expect((await problemsOf(text)).join()).toContain(message);
  });
});

import { expect, test } from 'vitest';
import { parseNodes } from '../deployment/nodes-text.js';
import { dealSlots } from '../deployment/slots.js';
import type { Server } from '../deployment/types.js';
import { atLeast } from '../deployment/versions.js';
import { accessOf } from './access.js';
import { nodesConf, type Seat } from './config.js';
import { keeps } from './persistence.js';
import { redisConf } from './redis-conf.js';
import type { TopologySpec } from './types.js';

const spec: TopologySpec = { kind: 'cluster', shards: 2, replicas: 1, image: 'redis:7.0', config: {} };
const id = (n: number): string => String(n).repeat(40);
const seats: Seat[] = [
  { name: 'node-1', id: id(1), ip: '10.0.0.1', port: 6379, shard: 1, role: 'primary' },
  { name: 'node-2', id: id(2), ip: '10.0.0.2', port: 6379, shard: 2, role: 'primary' },
  {
    name: 'node-3',
    id: id(3),
    ip: '10.0.0.3',
    port: 6379,
    shard: 1,
    role: 'replica',
    primary: { id: id(1), ip: '10.0.0.1', name: 'node-1' },
  },
];
const redis7: Server = { product: 'redis', version: '7.0.15' };
const nobody = accessOf(spec);
const settings = (text: string): Map<string, string> =>
  new Map(
    text
      .trim()
      .split('\n')
      .map((line) => [line.split(' ')[0]!, line.slice(line.indexOf(' ') + 1)]),
  );

test('nodes.conf tells each node who it is, and all of them the same of the others', () => {
  for (const self of seats) {
    const text = nodesConf(seats, dealSlots(2), self);
    expect(text).toMatch(/\nvars currentEpoch 2 lastVoteEpoch 0\n$/);
    const lines = parseNodes(text.replace(/vars.*\n/, ''));
    expect(lines.filter((line) => line.flags.has('myself')).map((line) => line.id)).toEqual([self.id]);
    expect(lines.map((line) => line.slots)).toEqual([[[0, 8191]], [[8192, 16383]], []]);
    expect(lines[2]!.primaryId).toBe(id(1));
    // Two primaries with one epoch would be a conflict that the servers resolve by bumping, which costs an epoch each.
    expect(lines.slice(0, 2).map((line) => line.epoch)).toEqual([1, 2]);
  }
});

test('the scenario has the last word on settings, except on the timeout that nodes boot with', () => {
  const conf = settings(
    redisConf({ ...spec, config: { loglevel: 'verbose', 'cluster-node-timeout': '2000' } }, seats[0]!, redis7, nobody),
  );
  expect(conf.get('loglevel')).toBe('verbose');
  expect(conf.get('cluster-node-timeout')).toBe('60000');
});

test('directives that a version does not know are left out', () => {
  expect(settings(redisConf(spec, seats[0]!, redis7, nobody)).get('enable-debug-command')).toBe('yes');
  expect(redisConf(spec, seats[0]!, { product: 'redis', version: '6.0.16' }, nobody)).not.toContain(
    'enable-debug-command',
  );
  expect(atLeast({ product: 'redis', version: '6.2.1' }, 6, 2)).toBe(true);
  expect(atLeast({ product: 'redis', version: '6.0.16' }, 6, 2)).toBe(false);
});

test('over TLS nothing listens without it, whatever the scenario says', () => {
  const conf = settings(redisConf({ ...spec, tls: true, config: { port: '1' } }, seats[0]!, redis7, nobody));
  expect(conf.get('port')).toBe('0');
  for (const key of ['tls-cluster', 'tls-replication']) expect(conf.get(key)).toBe('yes');
  expect(conf.get('tls-port')).toBe('6379');
});

test.each([
  ['none', ['save ""', 'appendonly no']],
  ['rdb', ['save 3600 1', 'save 300 100', 'save 60 10000', 'appendonly no']],
  ['aof', ['save ""', 'appendonly yes', 'appendfsync everysec']],
  ['aof-always', ['save ""', 'appendonly yes', 'appendfsync always']],
] as const)('persistence %s is these settings, one save point a line', (persistence, expected) => {
  const lines = redisConf({ ...spec, persistence }, seats[0]!, redis7, nobody).split('\n');
  expect(lines.filter((line) => /^(save|append)/.test(line))).toEqual(expected);
});

test('what a node keeps is told by the settings, and those of the scenario win', () => {
  expect(keeps({ config: {} }, seats[0]!)).toMatchObject({ rdb: false, aof: false, disk: false });
  expect(keeps({ persistence: 'rdb', config: {} }, seats[0]!)).toMatchObject({ rdb: true, aof: false, disk: true });
  expect(keeps({ persistence: 'rdb', config: { save: '' } }, seats[0]!)).toMatchObject({ rdb: false });
  expect(keeps({ persistence: 'aof', config: { appendonly: 'no' } }, seats[0]!)).toMatchObject({ aof: false });
  expect(keeps({ config: { appendonly: 'yes' }, disk: 1 }, seats[0]!)).toMatchObject({ aof: true, disk: true });
});

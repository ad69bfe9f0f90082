import { expect, test } from 'vitest';
import { topologySpec } from '../scenarios/draft.js';
import { accessOf } from './access.js';
import type { Seat } from './config.js';
import { redisConf } from './redis-conf.js';
import { sentinelConf } from './sentinel-conf.js';

const primary = { name: 'node-1', id: '1'.repeat(40), ip: '10.0.0.1' };
const seats: Seat[] = [
  { ...primary, port: 6379, shard: 1, role: 'primary' },
  { name: 'node-2', id: '2'.repeat(40), ip: '10.0.0.2', port: 6379, shard: 1, role: 'replica', primary },
  { name: 'sentinel-1', id: '3'.repeat(40), ip: '10.0.0.3', port: 26379, shard: 1, role: 'sentinel' },
  { name: 'sentinel-2', id: '4'.repeat(40), ip: '10.0.0.4', port: 26379, shard: 1, role: 'sentinel' },
];

function linesOf(sentinels: Record<string, unknown>): string[] {
  const spec = topologySpec({ kind: 'sentinel', sentinels });
  return sentinelConf(spec, seats, seats[2]!, accessOf(spec)).split('\n');
}

test('sentinels call the primary what the scenario says, and their settings stand behind its name or alone', () => {
  const lines = linesOf({
    primary_name: 'mymaster',
    config: { 'master-reboot-down-after-period': 5000, 'deny-scripts-reconfig': false, maxclients: 100 },
  });
  expect(lines).toContain('sentinel monitor mymaster 10.0.0.1 6379 2');
  expect(lines).toContain('sentinel master-reboot-down-after-period mymaster 5000');
  expect(lines).toContain('sentinel deny-scripts-reconfig no');
  expect(lines).toContain('maxclients 100');
});

test('with hostnames nobody is told an address', () => {
  const lines = linesOf({ hostnames: true });
  expect(lines).toContain('sentinel monitor redrill node-1 6379 2');
  expect(lines.filter((line) => line.includes('10.0.0.'))).toEqual([]);
  // It can't monitor a name before it may resolve names.
  const at = (start: string): number => lines.findIndex((line) => line.startsWith(start));
  expect(at('sentinel resolve-hostnames yes')).toBeLessThan(at('sentinel monitor'));
  const spec = topologySpec({ kind: 'sentinel', sentinels: { hostnames: true } });
  const replica = redisConf(spec, seats[1]!, { product: 'redis', version: '7.0.15' }, accessOf(spec));
  expect(replica).toContain('replicaof node-1 6379\n');
  expect(replica).toContain('replica-announce-ip node-2\n');
});

test.each([
  ['down-after-milliseconds', 'use sentinels.down_after'],
  ['auth-pass', 'use topology.password'],
  ['port', 'redrill chooses it'],
])('redrill keeps %s for itself', (setting, advice) => {
  expect(() => topologySpec({ kind: 'sentinel', sentinels: { config: { [setting]: '1' } } })).toThrow(advice);
});

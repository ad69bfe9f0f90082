import { expect, it } from 'vitest';
import type { Connection } from './connection.js';
import { lookAtSentinel } from './sentinel-look.js';

const id = (n: number): string => String(n).repeat(40);
const bearers: Record<string, string> = { [id(1)]: 'sentinel-1', [id(2)]: 'sentinel-2', [id(3)]: 'sentinel-3' };
const addresses: Record<string, string> = {
  '10.0.0.1:6379': 'node-1',
  '10.0.0.2:26379': 'sentinel-2',
  '10.0.0.3:26379': 'sentinel-3',
};
const entry = (ip: string, port: number, runid: string, flags = 'sentinel'): string[] =>
  Object.entries({ name: runid, ip, port: String(port), runid, flags, 'last-ok-ping-reply': '10' }).flat();

/** What sentinel-1 answers that lists these others. */
const looked = async (others: string[][]) => {
  const replies = [['10.0.0.1', '6379'], entry('10.0.0.1', 6379, '', 'master'), [], others, 'sentinel_tilt:0'];
  const connection = { ask: async () => replies } as unknown as Connection;
  const directory = {
    names: ['node-1'],
    nameOf: (host: string, port: string | number) => addresses[`${host}:${port}`],
    bearerOf: (runid: string) => bearers[runid] ?? runid.slice(0, 8),
    primaryName: 'redrill',
  };
  return [...(await lookAtSentinel('sentinel-1', connection, directory, () => 0)).peers.keys()];
};

it('a sentinel that came back under another id is listed twice, once as who it was', async () => {
  expect(await looked([entry('10.0.0.2', 26379, id(2)), entry('10.0.0.3', 26379, id(3))])).toEqual([
    'node-1',
    'sentinel-2',
    'sentinel-3',
    'sentinel-1',
  ]);
  const stale = entry('10.0.0.3', 0, id(3), 'sentinel,s_down');
  expect(await looked([entry('10.0.0.2', 26379, id(2)), stale, entry('10.0.0.3', 26379, id(7))])).toContain(
    'sentinel-3 (was 33333333)',
  );
  expect(await looked([entry('10.0.0.3', 0, id(8)), entry('10.0.0.3', 26379, id(7))])).toContain('88888888');
});

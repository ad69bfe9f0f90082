import { expect, test } from 'vitest';
import { healthOf, isPrimary, parseInfo, parseNodes } from './nodes-text.js';

const line = (flags: string): string =>
  `07c37dfeb235213a872192d90877d0cd55635b91 10.0.0.4:6379@16379,host-1 ${flags} - 0 1426238317239 4 connected 0-5460 9000 [42->-e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca]`;

test('a node line gives address, flags, epoch, slots and open slots', () => {
  const [node] = parseNodes(`${line('myself,master')}\n`);
  expect(node).toMatchObject({
    host: '10.0.0.4',
    port: 6379,
    epoch: 4,
    linked: true,
    slots: [
      [0, 5460],
      [9000, 9000],
    ],
  });
  expect(node!.open).toEqual(['[42->-e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca]']);
  expect(node!.primaryId).toBeUndefined();
  expect(isPrimary(node!.flags)).toBe(true);
});

// grep 'fail' (handbook 4.2.4) would call all four of them failed.
test.each([
  ['slave,fail', 'fail'],
  ['slave,fail?', 'pfail'],
  ['master,nofailover', 'ok'],
  ['myself,slave', 'ok'],
])('flags %s mean %s', (flags, health) => expect(healthOf(parseNodes(line(flags))[0]!.flags)).toBe(health));

test('INFO fields are read, section titles are not', () => {
  const info = parseInfo('# Replication\r\nrole:slave\r\nslave_repl_offset:42\r\nmaster_host:::1\r\n');
  expect([...info]).toEqual([
    ['role', 'slave'],
    ['slave_repl_offset', '42'],
    ['master_host', '::1'],
  ]);
});

import { expect, test } from 'vitest';
import { accessConf, accessOf, redact } from './access.js';
import type { TopologySpec } from './types.js';

const spec: TopologySpec = { kind: 'cluster', shards: 3, replicas: 1, image: 'redis:7.0', config: {} };
const conf = (more: Partial<TopologySpec>, channels = true): string[] => {
  const whole = { ...spec, ...more };
  return accessConf(whole, accessOf(whole, { own: 'made' }), channels);
};

test('without a password nobody has to say who he is', () => {
  expect(accessOf(spec)).toEqual({ harness: {}, clients: {}, replication: {}, sentinels: {}, secrets: [] });
  expect(conf({})).toEqual([]);
});

test("with the default user's password, clients and replicas use it, and the harness has a user of its own", () => {
  expect(accessOf({ ...spec, password: 'p' }, { own: 'made' })).toMatchObject({
    harness: { user: 'redrill', password: 'made' },
    clients: { password: 'p' },
    replication: { password: 'p' },
  });
  expect(conf({ password: 'p' })).toEqual(['requirepass "p"', 'user redrill on ">made" ~* &* +@all', 'masterauth "p"']);
});

test('with users and no password the default user is off', () => {
  const users = {
    app: { password: 'a', rules: '~app:* +@read', for: 'clients' },
    sync: { password: 's', for: 'replication' },
  } as const;
  expect(accessOf({ ...spec, users }, { own: 'made' })).toMatchObject({
    clients: { user: 'app', password: 'a' },
    replication: { user: 'sync', password: 's' },
    secrets: ['made', 'a', 's'],
  });
  expect(conf({ users })).toEqual([
    'user default off',
    'user redrill on ">made" ~* &* +@all',
    'user app on ">a" ~app:* +@read',
    'user sync on ">s" +psync +replconf +ping',
    'masteruser sync',
    'masterauth "s"',
  ]);
});

test('where users are for nobody, clients and replicas connect as the harness does', () => {
  const users = { app: { password: 'a' } };
  expect(accessOf({ ...spec, users }, { own: 'made' })).toMatchObject({
    clients: { user: 'redrill', password: 'made' },
    replication: { user: 'redrill', password: 'made' },
  });
});

test('Redis 6.0 knows no channels', () => expect(conf({ password: 'p' }, false).join()).not.toContain('&*'));

test('a password with quotes and backslashes stays one word', () => {
  expect(conf({ password: 'a"b\\c' })).toContain('requirepass "a\\"b\\\\c"');
});

test('a password is hidden as it is, as a configuration file quotes it, and where another one is a part of it', () => {
  expect(redact('AUTH a"b', ['a"b'])).toBe('AUTH ***');
  expect(redact('requirepass "a\\"b"', ['a"b'])).toBe('requirepass "***"');
  expect(redact('secret-2 secret', ['secret', 'secret-2'])).toBe('*** ***');
});

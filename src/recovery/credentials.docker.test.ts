/** Passwords are changed while everybody is connected: who may log in afterwards, and who still can after a restart. */
import { expect, test } from 'vitest';
import { until } from '../core/until.js';
import { openStage, type Stage } from '../faults/testing/stage.js';
import { ReplyError } from '../server/resp.js';
import type { ManagedNode } from '../topology/types.js';
import { carryOutOn } from './testing/carry-out.js';

const FIRST = 'the first secret of this test';

async function login(node: ManagedNode, user: string, password: string): Promise<string> {
  const connection = node.open();
  try {
    // Our own login first: Valkey 8.1 does not answer a refused one that arrives together with it.
    await connection.call(['PING']);
    return String(await connection.call(['AUTH', user, password]));
  } catch (error) {
    if (error instanceof ReplyError) return error.code;
    throw error;
  } finally {
    connection.close();
  }
}

async function restart(stage: Stage, node: ManagedNode): Promise<void> {
  await node.container.kill('SIGKILL');
  await node.container.exited();
  await node.container.start();
  await stage.whole();
}

test('rotate-credentials: servers, replicas and sentinels go over to a new password, and keep it over a restart', async () => {
  await using stage = await openStage({
    kind: 'sentinel',
    replicas: 1,
    image: 'valkey/valkey:8.1',
    sentinels: { count: 3, down_after: '5s' },
    password: FIRST,
    users: { app: { password: `${FIRST}, of the app`, for: 'clients' } },
  });
  const { access, nodes } = stage.topology;
  const [primary, replica] = nodes as [ManagedNode, ManagedNode];
  const { clients } = access;
  const steps = await carryOutOn(stage, 'rotate-credentials', {});
  const commands = steps.map(({ command }) => command);
  // Nobody drops the old password of a user before all others have the new one.
  expect(commands.lastIndexOf('SENTINEL SET redrill auth-pass ***')).toBeLessThan(
    commands.indexOf('CONFIG SET requirepass ***'),
  );
  for (const secret of access.secrets) expect(JSON.stringify(steps)).not.toContain(secret);

  const now = access.replication.password!;
  expect(access.sentinels.password).toBe(now);
  expect(access.clients).toEqual({ user: 'app', password: expect.not.stringContaining(FIRST) });
  expect(clients.password).toContain(FIRST);
  expect(access.secrets).toEqual(expect.arrayContaining([FIRST, now, access.clients.password]));
  await restart(stage, replica);
  for (const node of [primary, replica]) {
    expect(await login(node, 'default', FIRST)).toBe('WRONGPASS');
    expect(await login(node, 'default', now)).toBe('OK');
    expect(await login(node, 'app', clients.password!)).toBe('WRONGPASS');
    expect(await login(node, 'app', access.clients.password!)).toBe('OK');
  }

  await carryOutOn(stage, 'rotate-credentials', { user: 'app' });
  expect(access.replication.password).toBe(now);
  await replica.container.pause();
  try {
    await until(
      () => stage.ctx.view().nodes.get(replica.name)!.reachable,
      (reachable) => !reachable,
      { describe: 'the replica is silent', within: 5000, every: 10 },
    );
    await expect(carryOutOn(stage, 'rotate-credentials', {})).rejects.toThrow(
      `${replica.name} would miss the new password: start it first`,
    );
  } finally {
    await replica.container.unpause();
  }
  expect(await login(primary, 'default', now)).toBe('OK');
}, 300_000);

test('rotate-credentials: a user of the replicas alone, on the oldest server', async () => {
  await using stage = await openStage({
    kind: 'replication',
    replicas: 1,
    image: 'redis:6.0',
    users: { sync: { password: FIRST, for: 'replication' } },
  });
  const [primary, replica] = stage.topology.nodes as [ManagedNode, ManagedNode];
  await carryOutOn(stage, 'rotate-credentials', {});
  expect(await login(primary, 'sync', FIRST)).toBe('WRONGPASS');
  await restart(stage, replica);
  expect(await replica.call(['CONFIG', 'GET', 'masterauth'])).toEqual([
    'masterauth',
    stage.topology.access.replication.password,
  ]);
}, 300_000);

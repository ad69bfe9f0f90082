import { expect, it } from 'vitest';
import type { Container, Disk, Fleet } from '../../fleet/types.js';
import { watchUse } from './used.js';

function pretended(lives: number, status: 'running' | 'exited') {
  const done = async (): Promise<void> => undefined;
  const container = {
    get lives() {
      return lives;
    },
    start: done,
    pause: done,
    limit: done,
    state: async () => ({ status, exitCode: 0, oomKilled: false }),
    read: async () => Buffer.from(status),
    logs: async () => [],
    disk: { remove: async () => undefined } as Partial<Disk> as Disk,
  } as Pick<Container, 'lives' | 'start' | 'pause' | 'limit' | 'state' | 'read' | 'logs' | 'disk'> as Container;
  const fleet = { shape: async () => ({}), split: async () => done } as unknown as Fleet;
  return { container, fleet, used: watchUse(fleet, [container]) };
}

it('says what was used, and does it all the same', async () => {
  const { container, fleet, used } = pretended(2, 'exited');
  expect((await container.read('/x')).toString()).toBe('exited');
  await container.start();
  await container.limit({ memory: 1 });
  await container.disk?.remove('x');
  await fleet.shape([{ from: container, to: [], suffers: { rate: 1 } }]);
  expect([...used.abilities].sort()).toEqual(['disks', 'files-while-down', 'limit-memory', 'restart', 'throttle']);
});

it('takes a first start, a look at its state and the log of its only life for nothing', async () => {
  const { container, used } = pretended(0, 'running');
  await container.start();
  await container.state();
  await container.logs();
  expect([...used.abilities]).toEqual([]);
  await container.pause();
  await container.read('/x');
  expect([...used.abilities]).toEqual(['freeze', 'files']);
});

import { expect, it } from 'vitest';
import { openTestFleet, server } from '../testing/fleet.js';

const image = 'redrill/redis:7.0';

it.each([
  ['of limited size', 8 * 2 ** 20],
  ['without a limit', undefined],
])('a disk %s outlives its container, which may be down while its files are changed', async (_, size) => {
  const fleet = await openTestFleet();
  try {
    await fleet.disks({ containers: ['a'], path: '/data', image, ...(size !== undefined && { size }) });
    const a = await fleet.create(server('a'), fleet.address(0));
    await a.start();
    await a.exec(['sh', '-c', 'echo kept > /data/file; mkdir /data/dir']);
    await a.kill('KILL');
    await a.exited();
    expect((await a.read('/data/file')).toString()).toBe('kept\n');
    expect((await a.disk!.exec(['cat', 'file'])).stdout).toBe('kept\n');
    await a.write('/data/file', 'changed\n');
    expect(await a.disk!.exec(['rm', '-r', 'dir'])).toMatchObject({ code: 0 });
    await a.start();
    expect((await a.exec(['sh', '-c', 'cat /data/*; ls /data'])).stdout).toBe('changed\nfile\n');
  } finally {
    await fleet.teardown();
  }
  expect(await fleet.audit()).toEqual({ containers: [], networks: [], volumes: [], journal: [] });
});

it('a disk of limited size takes no more than that, and its neighbour nothing of it', async () => {
  await using fleet = await openTestFleet();
  await fleet.disks({ containers: ['a', 'b'], path: '/data', size: 4 * 2 ** 20, image });
  const [a, b] = [
    await fleet.create(server('a'), fleet.address(0)),
    await fleet.create(server('b'), fleet.address(1)),
  ] as const;
  await a.start();
  await b.start();
  const filled = await a.disk!.exec(['dd', 'if=/dev/zero', 'of=ballast', 'bs=64k']);
  expect(filled.stderr).toContain('No space left on device');
  expect((await a.exec(['sh', '-c', 'echo more > /data/file'])).code).not.toBe(0);
  expect((await b.exec(['sh', '-c', 'echo more > /data/file'])).code).toBe(0);
  expect((await a.disk!.exec(['rm', 'ballast'])).code).toBe(0);
  expect((await a.exec(['sh', '-c', 'echo more > /data/file'])).code).toBe(0);
});

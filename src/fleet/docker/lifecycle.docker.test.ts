import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../core/until.js';
import { openTestFleet, server } from '../testing/fleet.js';
import { talk } from '../testing/tcp.js';
import type { Container, Fleet, Line } from '../types.js';
import { connectEngine } from './engine.js';
import { resolveImage } from './images.js';

const up = (c: Container) =>
  until(
    () => talk(c.endpoint(6379), 'PING'),
    (a) => a === '+PONG',
    { describe: `${c.name} answers`, within: 5000 },
  );

describe.each(['whose server is held', 'whose server is its first process'])('a container %s', (how) => {
  let fleet: Fleet;
  let a: Container;
  beforeAll(async () => {
    fleet = await openTestFleet();
    // The holder comes with what the run's containers share.
    if (how === 'whose server is held') await fleet.share({});
    a = await fleet.create(server('a', { workdir: '/data/deep' }), fleet.address(0));
    await a.start();
    await up(a);
  });
  afterAll(() => fleet?.teardown());

  it('has its fixed address and is reached there', () => {
    expect(fleet.connect).toBe('direct');
    expect(a.endpoint(6379)).toEqual({ host: a.ip, port: 6379 });
  });

  it('runs commands and tells their output and exit code apart', async () => {
    const done = await a.exec(['sh', '-c', 'echo out; echo err >&2; pwd; exit 3']);
    expect(done).toEqual({ code: 3, stdout: 'out\n/data/deep\n', stderr: 'err\n' });
  });

  it('fails a command that takes too long, in words', async () => {
    await expect(a.exec(['sleep', '5'], { timeout: 200 })).rejects.toThrow('run sleep in a: not within 200 ms');
  });

  it('reads and writes files', async () => {
    await a.write('/some/where/new.txt', 'söme text');
    expect((await a.read('/some/where/new.txt')).toString()).toBe('söme text');
    await expect(a.read('/not/there')).rejects.toThrow(/read \/not\/there in a/);
  });

  it.each([
    ['SIGKILL', (c: Container) => c.kill('KILL'), 137],
    ['SIGTERM and a clean end', (c: Container) => c.stop(5000), 0],
    ['its own segmentation fault', (c: Container) => talk(c.endpoint(6379), 'DEBUG SEGFAULT').catch(() => {}), 139],
  ])('dies of %s with the exit code of its main process', async (_, end, code) => {
    const exited = a.exited();
    await end(a);
    expect(await exited).toBe(code);
    expect(await a.state()).toEqual({ status: 'exited', exitCode: code, oomKilled: false });
    await a.start();
    await up(a);
    expect(a.endpoint(6379).host).toBe(fleet.address(0));
  });

  it('pauses and resumes, twice without harm', async () => {
    await a.pause();
    await a.pause();
    expect((await a.state()).status).toBe('paused');
    await expect(talk(a.endpoint(6379), 'PING', 300)).rejects.toThrow('no answer');
    await a.unpause();
    await a.unpause();
    expect(await talk(a.endpoint(6379), 'PING')).toBe('+PONG');
  });

  it('gets less CPU and memory, and what it was created with back, running or not', async () => {
    const limits = async () => (await connectEngine()).docker.getContainer(`${fleet.runId}-a`).inspect();
    const before = (await a.throttled()).times;
    await a.limit({ cpus: 0.01, memory: 64 * 2 ** 20 });
    await until(
      () => talk(a.endpoint(6379), 'DEBUG POPULATE 20000', 5000).then(() => a.throttled()),
      ({ times, time }) => times > before && time > 0,
      { describe: 'the container is held back', within: 10_000 },
    );
    expect((await limits()).HostConfig).toMatchObject({ NanoCpus: 1e7, Memory: 2 ** 26, MemorySwap: 2 ** 26 });
    await a.limit({ cpus: 'as created' });
    await a.kill('KILL');
    await a.exited();
    await a.limit({ memory: 'as created' });
    await a.start();
    await up(a);
    const { cpus, memory } = fleet.machine;
    expect((await limits()).HostConfig).toMatchObject({ NanoCpus: cpus * 1e9, Memory: memory, MemorySwap: 2 * memory });
  });

  it('is made anew from another image with its address, its files and its log', async () => {
    const { ref } = await resolveImage('valkey/valkey:8.1');
    await expect(a.reimage(ref, 'valkey-server')).rejects.toThrow('a is running');
    await a.write('/data/deep/kept.txt', 'kept');
    await a.write('/etc/server.conf', `${await a.read('/etc/server.conf')}# changed\n`);
    const seen: Line[] = [];
    const stop = new AbortController();
    a.follow((line) => seen.push(line), stop.signal);
    const before = await a.logs();
    await a.stop(5000);
    await a.reimage(ref, 'valkey-server');
    await a.start();
    await up(a);
    expect(await talk(a.endpoint(6379), 'INFO server')).toMatch(/^\$/);
    expect((await a.exec(['valkey-cli', 'INFO', 'server'])).stdout).toContain('valkey_version:8.1');
    expect((await a.exec(['cat', 'kept.txt'])).stdout).toBe('kept');
    expect((await a.read('/etc/server.conf')).toString()).toContain('# changed');
    await until(
      () => seen.some(({ text }) => /Ready to accept connections/.test(text)),
      (ready) => ready,
      { describe: 'the follower sees the new life', within: 5000 },
    );
    stop.abort();
    expect((await a.logs()).slice(0, before.length)).toEqual(before);
    expect((await fleet.audit()).containers).toEqual([`${fleet.runId}-a`]);
    await a.kill('KILL');
    await a.exited();
    await expect(a.reimage('no/such:image', 'redis-server')).rejects.toThrow(/make a anew|create a/);
    await a.start();
    await up(a);
  });

  it('gives its log of all lives with times, and follows it over a restart', async () => {
    const before = await a.logs();
    expect(before.length).toBeGreaterThan(0);
    expect(Math.abs(before.at(-1)!.wall - Date.now())).toBeLessThan(60_000);
    const seen: Line[] = [];
    const stop = new AbortController();
    a.follow((line) => seen.push(line), stop.signal);
    // Only what comes from now on is told: until the first line, nobody knows that somebody listens.
    await until(
      async () => {
        await talk(a.endpoint(6379), 'DEBUG LOG listening');
        return seen.length;
      },
      (told) => told > 0,
      { describe: 'the follower hears the first life', within: 5000 },
    );
    const heard = seen[0]!;
    await a.stop(5000);
    await a.start();
    await until(
      () => seen.filter((l) => /Ready to accept connections/.test(l.text)).length,
      (n) => n === 1,
      { describe: 'the follower sees the second life', within: 5000 },
    );
    stop.abort();
    expect(seen.filter((l) => /User requested shutdown|Received SIGTERM/.test(l.text)).length).toBeGreaterThan(0);
    const all = await a.logs();
    expect(all.slice(0, before.length)).toEqual(before);
    const from = all.findIndex(({ wall, text }) => wall === heard.wall && text === heard.text);
    expect(from).toBeGreaterThanOrEqual(before.length);
    expect(all.slice(from, from + seen.length)).toEqual(seen);
  });
});

it('leaves nothing behind', async () => {
  const fleet = await openTestFleet();
  const a = await fleet.create(server('a'), fleet.address(0));
  await a.start();
  await a.pause();
  const before = await fleet.audit();
  expect(before.containers).toEqual([`${fleet.runId}-a`]);
  expect(before.networks).toEqual([`${fleet.runId}-data`]);
  expect(existsSync(before.journal[0]!)).toBe(true);
  await Promise.all([fleet.teardown(), fleet.teardown()]);
  expect(await fleet.audit()).toEqual({ containers: [], networks: [], volumes: [], journal: [] });
  await expect(fleet.create(server('b'), fleet.address(1))).rejects.toThrow('torn down');
});

it.each(['direct', 'published'] as const)(
  'is seen and comes back with the same address after a detach (%s)',
  async (connect) => {
    await using fleet = await openTestFleet({ connect, needs: ['watch-detached'] });
    const [a, b] = (await Promise.all(['a', 'b'].map((name, i) => fleet.create(server(name), fleet.address(i))))) as [
      Container,
      Container,
    ];
    await Promise.all([a.start(), b.start()]);
    await Promise.all([up(a), up(b)]);
    const reach = () => b.exec(['timeout', '1', 'redis-cli', '-h', a.ip, 'PING']);
    expect((await reach()).stdout).toBe('PONG\n');
    const endpoint = a.endpoint(6379);
    await a.detach();
    await a.detach();
    expect((await reach()).code).not.toBe(0);
    expect(await talk(endpoint, 'PING')).toBe('+PONG');
    await a.attach();
    await a.attach();
    expect((await reach()).stdout).toBe('PONG\n');
    expect((await a.exec(['sh', '-c', 'cat /proc/net/fib_trie'])).stdout).toContain(a.ip);
    await a.kill('KILL');
    await a.exited();
    await a.start();
    await up(a);
    expect(a.endpoint(6379)).toEqual(endpoint);
    expect((await reach()).stdout).toBe('PONG\n');
  },
);

import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../core/until.js';
import { openTestFleet, server } from '../testing/fleet.js';
import { talk } from '../testing/tcp.js';
import type { Container, Fleet } from '../types.js';

let fleet: Fleet;
let a: Container, b: Container, c: Container, d: Container;
beforeAll(async () => {
  fleet = await openTestFleet({ needs: ['split', 'watch-detached'], containers: 4 });
  const all = await Promise.all(['a', 'b', 'c', 'd'].map((n, i) => fleet.create(server(n), fleet.address(i))));
  [a, b, c, d] = all as [Container, Container, Container, Container];
  await Promise.all(all.map((x) => x.start()));
  await Promise.all(
    all.map((x) =>
      until(
        () => talk(x.endpoint(6379), 'PING'),
        (r) => r === '+PONG',
        { describe: 'up', within: 5000 },
      ),
    ),
  );
});
afterAll(() => fleet?.teardown());

/** A new TCP connection from one container to another, which may take so many seconds. */
const reaches = async (from: Container, to: Container, patience: number): Promise<boolean> =>
  (await from.exec(['timeout', String(patience), 'redis-cli', '-h', to.ip, 'PING'])).stdout === 'PONG\n';

/** Who reaches whom now. Those who should ("ab cd") are given the time that a busy machine takes. */
async function picture(expected: string): Promise<string> {
  const pairs: [Container, Container][] = [
    [a, b],
    [b, a],
    [c, d],
    [d, c],
    [a, c],
    [c, a],
    [b, d],
    [d, b],
  ];
  const names = pairs.map(([x, y]) => `${x.name}${y.name}`);
  const seen = await Promise.all(pairs.map(([x, y], i) => reaches(x, y, expected.includes(names[i]!) ? 10 : 1)));
  return names.filter((_, i) => seen[i]).join(' ');
}

async function sees(expected: string): Promise<void> {
  expect(await picture(expected)).toBe(expected);
}

/** A connection that stays open, and counts the commands it could run. */
async function stream(from: Container, to: Container): Promise<() => Promise<number>> {
  const key = `${from.name}${to.name}`;
  void from
    .exec(['timeout', '60', 'redis-cli', '-h', to.ip, '-r', '6000', '-i', '0.01', 'INCR', key], { timeout: 70_000 })
    .catch(() => {});
  const count = async () => Number((await talk(to.endpoint(6379), `GET ${key}`)).split('\r\n').at(-1));
  await until(count, (n) => n > 0, { describe: `${key} streams`, within: 5000 });
  return count;
}

it('cuts links between groups, keeps links inside each group, and puts all of it back', async () => {
  const inside = await stream(c, d);
  const across = await stream(a, c);
  const heal = await fleet.split([
    [a, b],
    [c, d],
  ]);
  const [in0, across0] = [await inside(), await across()];
  await sees('ab ba cd dc');
  expect(await inside()).toBeGreaterThan(in0 + 20);
  expect(await across()).toBe(across0);
  // The harness sees both sides.
  for (const x of [a, b, c, d]) expect(await talk(x.endpoint(6379), 'PING')).toBe('+PONG');
  await heal();
  await heal();
  await sees('ab ba cd dc ac ca bd db');
  // The old connection goes on where it stopped, after TCP's next retransmission.
  await until(across, (n) => n > across0 + 20, { describe: 'the old connection resumes', within: 10_000 });
});

it('isolates single containers', async () => {
  const heal = await fleet.split([[b, c, d], [a]]);
  await sees('cd dc bd db');
  await heal();
  await sees('ab ba cd dc ac ca bd db');
});

it('keeps a restarted and a re-attached container on its side', async () => {
  const heal = await fleet.split([
    [a, b],
    [c, d],
  ]);
  await c.kill('KILL');
  await c.exited();
  await c.start();
  await d.detach();
  await d.attach();
  // The restarted server has to come up first.
  await until(
    () => picture('ab ba cd dc'),
    (now) => now === 'ab ba cd dc',
    { describe: 'the groups are kept', within: 5000 },
  );
  await heal();
  await sees('ab ba cd dc ac ca bd db');
});

it('combines overlapping splits and heals them in any order', async () => {
  const first = await fleet.split([
    [a, b],
    [c, d],
  ]);
  const second = await fleet.split([
    [a, c],
    [b, d],
  ]);
  await sees('');
  await first();
  await sees('ac ca bd db');
  await second();
  await sees('ab ba cd dc ac ca bd db');
});

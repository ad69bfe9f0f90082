import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../../core/until.js';
import { openTestFleet, server } from '../../testing/fleet.js';
import { talk } from '../../testing/tcp.js';
import type { Container, Destination, Fleet, Impairment, Travelled } from '../../types.js';

let fleet: Fleet;
let a: Container, b: Container;
beforeAll(async () => {
  fleet = await openTestFleet({ needs: ['shape', 'throttle', 'see-network', 'watch-apart'] });
  const made = await Promise.all(['a', 'b'].map((n, i) => fleet.create(server(n), fleet.address(i))));
  [a, b] = made as [Container, Container];
  await Promise.all([a, b].map((x) => x.start()));
  await Promise.all([a, b].map(answers));
});
afterAll(() => fleet?.teardown());

const answers = (x: Container) =>
  until(
    () => talk(x.door(6379), 'PING').catch((error: Error) => error.message),
    (r) => r === '+PONG',
    { describe: `${x.name} answers`, within: 5000 },
  );

const fare = async (from: Container, to: Destination, count = 400, gap = 0.5): Promise<Travelled> =>
  (await fleet.travel([{ from, to }], { count, gap, size: 200, patience: 500 }))[0]!;

async function shaped(suffers: Impairment, look: () => Promise<void>, to: Destination[] = [b]): Promise<void> {
  const { undo } = await fleet.shape([{ from: a, to, suffers }]);
  try {
    await look();
  } finally {
    await undo();
  }
}

const rulesOf = async (container: Container) => (await fleet.network([container])).get(container.name)?.rules;

it('delays what goes one way, and nothing else', async () => {
  const before = await rulesOf(a);
  expect((await fare(a, b, 20)).delay.p50).toBeLessThan(50);
  await shaped({ delay: 100 }, async () => {
    expect((await fare(a, b, 20)).delay.p10).toBeGreaterThanOrEqual(100);
    expect((await fare(b, a, 20)).delay.p50).toBeLessThan(50);
    expect((await fare(a, 'clients', 20)).delay.p50).toBeLessThan(50);
  });
  expect((await fare(a, b, 20)).delay.p50).toBeLessThan(50);
  expect(await rulesOf(a)).toEqual(before);
});

it('tells clients from the rest of what the harness does', async () => {
  const time = async (at: { host: string; port: number }): Promise<number> => {
    const begun = performance.now();
    await talk(at, 'PING', 5000);
    return performance.now() - begun;
  };
  await shaped({ delay: 300 }, async () => {
    // The connection and the answer.
    expect(await time(a.endpoint(6379))).toBeGreaterThanOrEqual(600);
    expect(await time(a.door(6379))).toBeLessThan(600);
    expect((await fare(a, 'clients', 20)).delay.p10).toBeGreaterThanOrEqual(300);
  }, ['clients']);
});

it('jitters, loses, doubles and holds back', async () => {
  await shaped({ delay: 50, jitter: 50 }, async () => {
    const { delay } = await fare(a, b);
    expect(delay.p90 - delay.p10).toBeGreaterThan(40);
  });
  await shaped({ loss: 0.5 }, async () => {
    const { received } = await fare(a, b);
    expect(received).toBeGreaterThan(100);
    expect(received).toBeLessThan(300);
  });
  await shaped({ duplicate: 0.5 }, async () => {
    const { received, doubled } = await fare(a, b);
    expect(received).toBe(400);
    expect(doubled).toBeGreaterThan(100);
    expect(doubled).toBeLessThan(300);
  });
  await shaped({ reorder: 0.2, gap: 20 }, async () => {
    const { received, overtaken } = await fare(a, b);
    expect(received).toBe(400);
    expect(overtaken).toBeGreaterThan(30);
  });
});

it('throttles', async () => {
  await shaped({ rate: 200_000 }, async () => {
    const [{ rate }] = (await fleet.travel([{ from: a, to: b }], {
      count: 150,
      gap: 0,
      size: 1400,
      patience: 1000,
    })) as [Travelled];
    expect(rate).toBeGreaterThan(100_000);
    expect(rate).toBeLessThan(300_000);
  });
});

it('adds up what is shaped twice, and shapes a container again that was started anew', async () => {
  const first = await fleet.shape([{ from: a, to: [b], suffers: { delay: 60 } }]);
  const second = await fleet.shape([{ from: a, to: [b], suffers: { delay: 40 } }]);
  expect((await fare(a, b, 20)).delay.p10).toBeGreaterThanOrEqual(100);
  await second.undo();
  await a.kill('KILL');
  await a.exited();
  await a.start();
  await answers(a);
  const { p10, p50 } = (await fare(a, b, 20)).delay;
  expect(p10).toBeGreaterThanOrEqual(60);
  expect(p50).toBeLessThan(100);
  await first.undo();
  await first.undo();
  expect((await fare(a, b, 20)).delay.p50).toBeLessThan(50);
});

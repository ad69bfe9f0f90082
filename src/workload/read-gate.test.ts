import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { until } from '../core/until.js';
import { Connection } from '../server/connection.js';
import { readGate } from './read-gate.js';

const hold = (ms: number): void => {
  for (const end = performance.now() + ms; performance.now() < end; );
};

it('of timers that come due while the loop is held up only the first one may ask: what was answered is read before the next', async () => {
  const server = createServer((socket) => socket.on('data', () => socket.write('+PONG\r\n'))).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const connection = new Connection({ host: '127.0.0.1', port });
  const open = readGate();
  const story: string[] = [];
  const ask = (): void => {
    if (!open()) story.push('not asked');
    else connection.send(['PING'], () => story.push('answered'));
    hold(10);
  };
  for (const ms of [10, 12, 14, 16]) setTimeout(ask, ms);
  await until(
    () => story.length,
    (told) => told === 4,
    { describe: 'every timer has come due', within: 5000, every: 5 },
  );
  connection.close();
  server.close();
  // Never two questions with nothing read between them.
  expect(story.filter((one) => one === 'answered').length).toBeGreaterThan(0);
  expect(story.filter((one) => one === 'not asked').length).toBeGreaterThan(0);
  expect(story).toHaveLength(4);
});

it('is open again when the sockets have had their turn', async () => {
  const open = readGate();
  expect([open(), open()]).toEqual([true, false]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(open()).toBe(true);
});

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Connection } from './connection.js';

/** Answers every PING, and nothing else, whatever this thread is doing. */
const server = `
const { parentPort } = require('node:worker_threads');
require('node:net')
  .createServer((socket) => socket.on('data', (bytes) => socket.write('+PONG\\r\\n'.repeat(bytes.toString().split('PING').length - 1))))
  .listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port); });
`;
let worker: Worker;
let port: number;
beforeAll(async () => {
  worker = new Worker(server, { eval: true });
  [port] = await once(worker, 'message');
});
afterAll(() => worker.terminate());

const holdUp = (ms: number): void => {
  for (const until = performance.now() + ms; performance.now() < until; );
};

it('takes what arrived while the harness was held up for an answer, not for silence', async () => {
  const connection = new Connection({ host: '127.0.0.1', port });
  expect(await connection.call(['PING'])).toBe('PONG');
  const reply = connection.call(['PING'], 50);
  const several = connection.ask([['PING'], ['PING']], 50);
  // What was written goes out, and only then the thread is held up.
  await new Promise(setImmediate);
  holdUp(200);
  expect(await reply).toBe('PONG');
  expect(await several).toEqual(['PONG', 'PONG']);
  connection.close();
});

it('calls a server silent that does not answer in time, once', async () => {
  const connection = new Connection({ host: '127.0.0.1', port });
  const outcomes: string[] = [];
  connection.send(['NOTHING'], (outcome) => outcomes.push(outcome.kind === 'silent' ? outcome.reason : 'reply'), 50);
  await expect(connection.call(['NOTHING'], 100)).rejects.toThrow('no reply within 100 ms');
  connection.close();
  expect(outcomes).toEqual(['timeout']);
});

import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { discover } from './discover.js';

/** Answers every command with the same. */
async function answering(reply: string): Promise<{ port: number; server: Server } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(reply));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    server,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const at = (port: number) => [{ host: '127.0.0.1', port }];

test('where nobody answers one line says where, and what to do', async () => {
  const { port, ...closed } = await answering('');
  await closed[Symbol.asyncDispose]();
  await expect(discover({ at: at(port) }, () => 0)).rejects.toMatchObject({
    code: 'DEPLOYMENT',
    message: expect.stringMatching(`^no server answers at 127.0.0.1:${port}: .*ECONNREFUSED$`),
    hint: expect.stringContaining('give the address of a server that runs'),
  });
});

test('who is not let in is told so, in the words of the server', async () => {
  await using guarded = await answering('-NOAUTH Authentication required.\r\n');
  await expect(discover({ at: at(guarded.port) }, () => 0)).rejects.toMatchObject({
    code: 'DEPLOYMENT',
    message: `127.0.0.1:${guarded.port} lets nobody in as we came: NOAUTH Authentication required.`,
  });
});

test('without an address there is nothing to be found', async () => {
  await expect(discover({ at: [] }, () => 0)).rejects.toThrow('no address was given');
});

test('one that answers is enough, whichever of the addresses it has', async () => {
  const { port, ...closed } = await answering('');
  await closed[Symbol.asyncDispose]();
  const info = 'redis_mode:standalone\r\nredis_version:7.0.15\r\nrole:master\r\nrun_id:x';
  await using alone = await answering(`$${info.length}\r\n${info}\r\n`);
  await using found = await discover({ at: [...at(port), ...at(alone.port)] }, () => 0);
  expect(found).toMatchObject({ kind: 'replication', replicas: [0] });
  expect(found.all.map(({ name, front, server }) => [name, front.port, server])).toEqual([
    ['node-1', alone.port, { product: 'redis', version: '7.0.15' }],
  ]);
});

import { expect, it } from 'vitest';
import { ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import { revive } from './process.js';

/** A server that answers so for so many ms, and PONG afterwards. */
function serverThat(says: () => never, length: number): ManagedNode {
  const born = performance.now();
  return {
    name: 'node-1',
    container: { state: async () => ({ status: 'running' }) },
    call: async () => (performance.now() - born < length ? says() : 'PONG'),
  } as unknown as ManagedNode;
}
const loading = (): never => {
  throw new ReplyError('LOADING Redis is loading the dataset in memory');
};
const silent = (): never => {
  throw new Error('no answer');
};

it('a server that loads for longer than a start may take comes back all the same', async () => {
  await expect(revive(serverThat(loading, 400), undefined, 100)).resolves.toBeUndefined();
});

it('one that says nothing does not', async () => {
  await expect(revive(serverThat(silent, 400), undefined, 100)).rejects.toThrow('node-1 answers: not within 100 ms');
});

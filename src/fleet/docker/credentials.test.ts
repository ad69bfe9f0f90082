import { PassThrough } from 'node:stream';
import { beforeAll, expect, it, vi } from 'vitest';
import type { Engine } from './engine.js';
import { pullImage } from './pull.js';

const index = 'https://index.docker.io/v1/';

beforeAll(() => {
  vi.stubEnv(
    'DOCKER_AUTH_CONFIG',
    JSON.stringify({
      auths: { 'registry.example': { auth: Buffer.from('somebody:secret').toString('base64') } },
      credHelpers: { 'helped.example': 'no-such-helper-of-redrill' },
    }),
  );
  return () => vi.unstubAllEnvs();
});

/** What the engine is asked for, and what is said meanwhile. */
async function asked(ref: string) {
  const pull = vi.fn(async () => new PassThrough().end());
  const followProgress = (_: unknown, done: (error: null) => void): void => done(null);
  const engine = { index, docker: { pull, modem: { followProgress } } } as unknown as Engine;
  const notes: string[] = [];
  expect(await pullImage(engine, ref, undefined, (line) => notes.push(line))).toEqual({ pulled: true });
  return { options: pull.mock.calls[0] as unknown, notes };
}

it('shows its credentials to the registry that they are for', async () => {
  const { options, notes } = await asked('registry.example/team/redis:7.0');
  expect(options).toEqual([
    'registry.example/team/redis:7.0',
    {
      abortSignal: expect.any(AbortSignal),
      authconfig: { registryAddress: 'registry.example', username: 'somebody', password: 'secret' },
    },
  ]);
  expect(notes).toEqual([]);
});

it('shows them to no other', async () => {
  for (const ref of ['redis:7.0', 'other.example/redis:7.0'])
    expect((await asked(ref)).options).toEqual([ref, { abortSignal: expect.any(AbortSignal) }]);
});

it('asks without credentials where the helper for them fails, and says so', async () => {
  const { options, notes } = await asked('helped.example/redis:7.0');
  expect(options).toEqual(['helped.example/redis:7.0', { abortSignal: expect.any(AbortSignal) }]);
  expect(notes).toEqual([expect.stringMatching(/^helped\.example\/redis:7\.0 is asked for without credentials: /)]);
});

/** Who reads what redrill prints may go away, be slow, or have no room: the exit status is the verdict all the same. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeRecording } from '../recording/history.js';
import { syntheticRecording } from '../recording/testing/synthetic.js';
import { build, commandOf } from './testing/redrill.js';

const folder = mkdtempSync(join(tmpdir(), 'redrill-test-'));
beforeAll(async () => {
  await build();
  await writeRecording(folder, syntheticRecording({ scenario: 'segfault' }));
}, 120_000);

type End = 'gone' | 'full' | 'read';

/** Each stream is a pipe that nobody reads any more, a device without room, or a pipe that somebody reads. */
async function ran(args: string[], stdout: End, stderr: End, slow = 0): Promise<{ status: number; out: string }> {
  const full = (end: End): number | 'pipe' => (end === 'full' ? openSync('/dev/full', 'w') : 'pipe');
  const { program, ...command } = commandOf(args, { DOCKER_HOST: 'unix:///no/such/engine.sock' });
  const child = spawn(program, command.args, { env: command.env, stdio: ['ignore', full(stdout), full(stderr)] });
  if (stdout === 'gone') child.stdout!.destroy();
  if (stderr === 'gone') child.stderr!.destroy();
  const ended = once(child, 'close') as Promise<[number]>;
  const streams = [child.stdout, child.stderr].filter((stream) => stream && !stream.destroyed) as Readable[];
  // Node empties a stream that nobody listens to when its process ends.
  for (const stream of streams) stream.on('readable', () => {});
  await sleep(slow);
  const texts = await Promise.all(streams.map((stream) => text(stream)));
  const [status] = await ended;
  return { status, out: texts.join('') };
}

const missed = ['judge', folder, '--objective', 'recovery_time=< 1ms'];
const bad = 'src/scenarios/testing/bad/unknown-keys.yaml';
const verdicts: [string, string[], number][] = [
  ['judge, missed', missed, 1],
  ['judge, missed, as JSON', [...missed, '--json'], 1],
  ['judge, met', ['judge', folder, '--objective', 'recovery_time=< 60s'], 0],
  ['report', ['report', folder], 0],
  ['validate, invalid', ['validate', bad], 64],
  ['validate, invalid, as JSON', ['validate', bad, '--json'], 64],
  ['validate, valid', ['validate', 'scenarios/primary-segfault.yaml'], 0],
  ['run, without an engine', ['run', 'scenarios/primary-segfault.yaml', '-o', join(folder, 'reports')], 2],
  ['doctor, without an engine', ['doctor', 'redis:7.0'], 2],
  ['clean, without an engine', ['clean'], 2],
];

describe('the exit status is the verdict', () => {
  it.each(verdicts)('%s: also when nobody reads it', async (_, args, status) => {
    expect(await ran(args, 'gone', 'gone')).toMatchObject({ status });
  });

  it.skipIf(!existsSync('/dev/full')).each([verdicts[0]!, verdicts[4]!, verdicts[7]!])(
    '%s: also where there is no room for it',
    async (_, args, status) => {
      expect(await ran(args, 'full', 'full')).toMatchObject({ status });
    },
  );

  it('is that of a slow reader, who gets everything', async () => {
    const { status, out } = await ran([...missed, '--json'], 'read', 'read', 1500);
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'fail' });
  });
});

describe('a command whose output is all it is for', () => {
  it('has done what it should when its reader has read enough', async () => {
    expect(await ran(['schema'], 'gone', 'read')).toEqual({ status: 0, out: '' });
  });

  it.skipIf(!existsSync('/dev/full'))('says that it found no room, and does not end well', async () => {
    const { status, out } = await ran(['schema'], 'full', 'read');
    expect(status).toBe(2);
    expect(out).toMatch(/^the output could not be written: ENOSPC.*\n$/);
  });
});

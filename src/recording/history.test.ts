import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedrillError } from '../core/errors.js';
import { readRecording, writeRecording } from './history.js';
import type { Recording } from './recording.js';
import { SEAL } from './seal.js';
import { newOps, opShape, tableNames } from './tables.js';
import { syntheticRecording } from './testing/synthetic.js';

let root: string;
let count = 0;
const folder = (): string => join(root, `run-${count++}`);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'redrill-history-'));
});
afterAll(() => rm(root, { recursive: true }));

const bytesOf = (r: Recording): Buffer => Buffer.concat(tableNames.flatMap((name) => r[name].bytes()));
const restOf = (r: Recording) =>
  Object.fromEntries(Object.entries(r).filter(([name]) => !(tableNames as readonly string[]).includes(name)));

describe('a recording in a run folder', () => {
  it('reads back as it was written, for any operations', async () => {
    const moment = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    const rare: Record<string, fc.Arbitrary<number>> = {
      done: fc.oneof(moment, fc.constant(Number.NaN)),
      status: fc.nat(3),
      error: fc.nat(3),
    };
    const row = fc.record(
      Object.fromEntries(
        Object.entries(opShape).map(([c, k]) => [
          c,
          rare[c] ?? (k === 'f64' ? moment : fc.nat(k === 'u8' ? 255 : 65_535)),
        ]),
      ),
    );
    const base = syntheticRecording({ ops: 10 });
    await fc.assert(
      fc.asyncProperty(fc.array(row), fc.string(), fc.jsonValue(), async (rows, title, plan) => {
        const ops = newOps();
        for (const r of rows) ops.push(r as never);
        const recording = {
          ...base,
          ops,
          plan: JSON.parse(JSON.stringify(plan)),
          scenario: { ...base.scenario, title },
        };
        const at = folder();
        await writeRecording(at, recording);
        const back = await readRecording(at);
        expect(restOf(back)).toEqual(restOf(recording));
        expect(bytesOf(back).equals(bytesOf(recording))).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it('keeps the plan and every log as files for people', async () => {
    const at = folder();
    const recording = syntheticRecording({ ops: 10 });
    await writeRecording(at, recording);
    expect(JSON.parse(await readFile(join(at, 'plan.json'), 'utf8'))).toEqual(recording.plan);
    expect(await readFile(join(at, 'logs', 'node-4.log'), 'utf8')).toContain(
      "Failover election won: I'm the new master.\n",
    );
  });

  const refusal = async (at: string): Promise<RedrillError> => {
    const error = await readRecording(at).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(RedrillError);
    expect((error as RedrillError).hint).toBeTruthy();
    return error as RedrillError;
  };

  it('is not taken from a folder that holds none', async () => {
    expect((await refusal(join(root, 'nowhere'))).message).toContain('no such run folder');
    expect((await refusal(root)).message).toContain('holds no recording');
    expect((await refusal(root)).exitStatus).toBe(64);
  });

  const damages: [what: string, damage: (at: string) => Promise<void>, sealed: string, unsealed: string][] = [
    ['is cut off', (at) => truncate(join(at, 'history.bin'), 5000), 'bytes where', 'bytes where'],
    ['is empty', (at) => truncate(join(at, 'history.bin'), 0), 'does not begin like', 'does not begin like'],
    ['has a flipped bit', (at) => flip(join(at, 'history.bin')), 'checksum', 'checksum'],
    ['is gone', (at) => rm(join(at, 'history.bin')), 'missing', 'missing'],
    ['is from another version', (at) => patchJson(at, '"version":1', '"version":9'), 'checksum', 'version 9'],
    ['is not JSON', (at) => writeFile(join(at, 'history.json'), '{"version":1,'), 'checksum', 'not JSON'],
    ['is another JSON file', (at) => writeFile(join(at, 'history.json'), '[]'), 'checksum', 'not a recording'],
    ['belongs to another run', (at) => patchJson(at, 'synthetic-segfault', 'other-run'), 'checksum', 'belongs to run'],
    ['has a number that is none', (at) => patchJson(at, '"from":4000', '"from":null'), 'checksum', 'expected number'],
    ['has a moment of next year', (at) => patchJson(at, '"end":', '"end":9e11,"x":'), 'checksum', 'clock.end'],
    ['names what it has not', (at) => patchJson(at, '"errorTexts":[', '"errorTexts":[],"x":['), 'checksum', 'error'],
  ];
  it.each(damages)('is refused when it %s', async (_, damage, sealed, unsealed) => {
    for (const [message, prepare] of [
      [sealed, undefined],
      [unsealed, unseal],
    ] as const) {
      const at = folder();
      await writeRecording(at, syntheticRecording({ ops: 100 }));
      await prepare?.(at);
      await damage(at);
      expect((await refusal(at)).message).toContain(message);
    }
  });

  it.each([
    [
      'a digit of what was measured',
      (at: string) => patchJson(at, '"probeEvery":10', '"probeEvery":90'),
      'history.json',
    ],
    ['a digit in the copy of the plan', (at: string) => patch(join(at, 'plan.json'), '3000', '3009'), 'plan.json'],
    ['a line of a log', (at: string) => patch(join(at, 'logs', 'node-4.log'), 'won', 'lost'), 'node-4.log'],
    ['its checksums', (at: string) => flip(join(at, SEAL), 30), 'history.json'],
    ['the end of its checksums', (at: string) => truncate(join(at, SEAL), 200), SEAL],
    ['all of its checksums', (at: string) => rm(join(at, SEAL)), SEAL],
    ['the name of a file that has one', (at: string) => patch(join(at, SEAL), 'history.json', 'history.jsOn'), SEAL],
  ])('is not believed when it lost %s', async (_, damage, file) => {
    const at = folder();
    await writeRecording(at, syntheticRecording({ ops: 100 }));
    await damage(at);
    const { message, exitStatus } = await refusal(at);
    expect(message).toMatch(new RegExp(`/${file} is damaged: `));
    expect(exitStatus).toBe(2);
  });

  it('may lose its copies for people, and what sha256sum says of it is the same', async () => {
    const at = folder();
    await writeRecording(at, syntheticRecording({ ops: 100 }));
    execFileSync('sha256sum', ['--check', '--quiet', '--strict', SEAL], { cwd: at });
    await rm(join(at, 'logs'), { recursive: true });
    await rm(join(at, 'plan.json'));
    expect((await readRecording(at)).runId).toBe('synthetic-segfault');
  });

  it('of an older redrill, without checksums, is read and says so', async () => {
    const at = folder();
    const recording = syntheticRecording({ ops: 100 });
    await writeRecording(at, recording);
    await unseal(at);
    const back = await readRecording(at);
    expect(restOf(back)).toEqual({ ...restOf(recording), warnings: [expect.stringContaining('has no checksums')] });
  });

  it('says where it could not be written', async () => {
    const at = folder();
    await writeFile(at, 'a file, not a folder');
    await expect(writeRecording(at, syntheticRecording({ ops: 1 }))).rejects.toThrow(/can't write the recording/);
  });
});

async function flip(file: string, fromEnd = 100): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - fromEnd]! ^= 1;
  await writeFile(file, bytes);
}

const patch = async (file: string, from: string, to: string): Promise<void> =>
  writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
const patchJson = (at: string, from: string, to: string): Promise<void> => patch(join(at, 'history.json'), from, to);

/** As redrill wrote it before there were checksums. */
async function unseal(at: string): Promise<void> {
  await rm(join(at, SEAL));
  await patchJson(at, `"sealed":"${SEAL}",`, '');
}

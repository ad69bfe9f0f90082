import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedrillError } from '../core/errors.js';
import { readRecording, writeRecording } from './history.js';
import type { Recording } from './recording.js';
import { newOps, opShape } from './tables.js';
import { syntheticRecording } from './testing/synthetic.js';

let root: string;
let count = 0;
const folder = (): string => join(root, `run-${count++}`);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'redrill-history-'));
});
afterAll(() => rm(root, { recursive: true }));

const bytesOf = (r: Recording): Buffer =>
  Buffer.concat([...r.ops.bytes(), ...r.probes.bytes(), ...r.samples.bytes(), ...r.found.bytes()]);
const restOf = ({ ops: _, probes: __, samples: ___, found: ____, ...rest }: Recording) => rest;

describe('a recording in a run folder', () => {
  it('reads back as it was written, for any operations', async () => {
    const double = fc.double({ noDefaultInfinity: true });
    const row = fc.record(
      Object.fromEntries(
        Object.entries(opShape).map(([c, k]) => [c, k === 'f64' ? double : fc.nat(k === 'u8' ? 255 : 65_535)]),
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
      { numRuns: 25 },
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

  it.each([
    ['is cut off', async (at: string) => truncate(join(at, 'history.bin'), 5000), 'bytes where'],
    ['is empty', async (at: string) => truncate(join(at, 'history.bin'), 0), 'does not begin like'],
    ['has a flipped bit', (at: string) => flip(join(at, 'history.bin')), 'checksum'],
    ['is gone', (at: string) => rm(join(at, 'history.bin')), 'missing'],
    [
      'is from another version',
      (at: string) => patch(join(at, 'history.json'), '"version":1', '"version":9'),
      'version 9',
    ],
    ['is not JSON', (at: string) => writeFile(join(at, 'history.json'), '{"version":1,'), 'not JSON'],
    ['is another JSON file', (at: string) => writeFile(join(at, 'history.json'), '[]'), 'not a recording'],
    [
      'belongs to another run',
      (at: string) => patch(join(at, 'history.json'), 'synthetic-segfault', 'other-run'),
      'belongs to run',
    ],
  ])('is refused when it %s', async (_, damage, message) => {
    const at = folder();
    await writeRecording(at, syntheticRecording({ ops: 100 }));
    await damage(at);
    expect((await refusal(at)).message).toContain(message);
  });

  it('says where it could not be written', async () => {
    const at = folder();
    await writeFile(at, 'a file, not a folder');
    await expect(writeRecording(at, syntheticRecording({ ops: 1 }))).rejects.toThrow(/can't write the recording/);
  });
});

async function flip(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 100]! ^= 1;
  await writeFile(file, bytes);
}

const patch = async (file: string, from: string, to: string): Promise<void> =>
  writeFile(file, (await readFile(file, 'utf8')).replace(from, to));

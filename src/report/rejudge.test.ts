/** Whatever happens to a run folder on its disk: it is refused with the file and the reason, and never believed. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageOf, RedrillError } from '../core/errors.js';
import { type Rng, seeded } from '../core/rng.js';
import { writeRecording } from '../recording/history.js';
import { SEAL } from '../recording/seal.js';
import { syntheticRecording } from '../recording/testing/synthetic.js';
import { writeReports } from './index.js';
import { rejudge } from './rejudge.js';

let root: string;
let sealed: string;
let unsealed: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'redrill-damage-'));
  sealed = join(root, 'sealed');
  unsealed = join(root, 'unsealed');
  await writeRecording(sealed, syntheticRecording({ ops: 300 }));
  await writeReports(sealed, await rejudge(sealed));
  await cp(sealed, unsealed, { recursive: true });
  await rm(join(unsealed, SEAL));
  const text = await readFile(join(unsealed, 'history.json'), 'utf8');
  await writeFile(join(unsealed, 'history.json'), text.replace(`"sealed":"${SEAL}",`, ''));
});
afterAll(() => rm(root, { recursive: true }));

/** What disks, transfers and hands do to a file. */
const mutations: Record<string, (bytes: Buffer, rng: Rng) => Buffer> = {
  'cut off': (bytes, rng) => bytes.subarray(0, rng.below(bytes.length)),
  'a bit flipped': (bytes, rng) => {
    const out = Buffer.from(bytes);
    out[rng.below(out.length)]! ^= 1 << rng.below(8);
    return out;
  },
  'a digit changed': (bytes, rng) => {
    const out = Buffer.from(bytes);
    const isDigit = (i: number): boolean => out[i]! >= 0x30 && out[i]! <= 0x39;
    let at = rng.below(out.length);
    for (let i = 0; i < out.length && !isDigit(at); i++) at = (at + 1) % out.length;
    out[at] = isDigit(at) ? 0x30 + ((out[at]! - 0x30 + 1 + rng.below(9)) % 10) : out[at]! ^ 1;
    return out;
  },
  'a piece lost': (bytes, rng) => {
    const at = rng.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + rng.below(200))]);
  },
  'a piece twice': (bytes, rng) => {
    const at = rng.below(bytes.length);
    const piece = bytes.subarray(at, at + 1 + rng.below(200));
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
  },
  'a block of zeros': (bytes, rng) => {
    const out = Buffer.from(bytes);
    out.fill(0, rng.below(out.length), out.length);
    return out;
  },
};

const strange: unknown[] = [
  null,
  -1,
  0,
  1e15,
  1e308,
  0.5,
  '',
  'node-99',
  true,
  [],
  {},
  [null],
  { at: 1 },
  'x'.repeat(9),
];

/** One value anywhere in the tree becomes another, or goes. */
function graft(value: unknown, rng: Rng): unknown {
  const root = { value };
  let holder: Record<string, unknown> = root;
  let key = 'value';
  for (let depth = 1 + rng.below(7); depth > 0; depth--) {
    const inner = holder[key];
    if (inner === null || typeof inner !== 'object' || Object.keys(inner).length === 0) break;
    holder = inner as Record<string, unknown>;
    key = rng.pick(Object.keys(holder));
  }
  if (rng.below(4) === 0 && !Array.isArray(holder)) delete holder[key];
  else holder[key] = rng.pick(strange);
  return root.value;
}

/** @returns the refusal, or undefined where it was judged. Everything else breaks the test. */
async function refusalOf(folder: string): Promise<string | undefined> {
  try {
    await rejudge(folder);
    return undefined;
  } catch (error) {
    if (!(error instanceof RedrillError)) throw error;
    expect(error.hint).toBeTruthy();
    expect(['REPORT', 'USAGE']).toContain(error.code);
    return messageOf(error);
  }
}

/** Two of three meet what judging reads; the others any file that is there. */
async function victimIn(folder: string, rng: Rng): Promise<string> {
  const all = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/\.(html|xml|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return rng.below(3) > 0 ? join(folder, rng.pick(['history.json', 'history.bin', 'history.json'])) : rng.pick(all);
}

describe('a damaged run folder', () => {
  it.each(Object.keys(mutations))('with checksums is refused, and says which file: %s', async (name) => {
    const rng = seeded(`sealed ${name}`);
    for (let i = 0; i < 60; i++) {
      const file = await victimIn(sealed, rng);
      const before = await readFile(file);
      const after = mutations[name]!(before, rng);
      if (after.equals(before)) continue;
      await writeFile(file, after);
      const refusal = await refusalOf(sealed);
      await writeFile(file, before);
      // A line of SHA256SUMS that is damaged is told of the file that it is about, or of the list.
      const about = file.endsWith(SEAL) ? /is damaged/ : new RegExp(`${file.replaceAll('.', '\\.')} is damaged: `);
      expect(refusal, `round ${i}, ${file}`).toMatch(about);
    }
    expect(await refusalOf(sealed)).toBeUndefined();
  });

  it.each([...Object.keys(mutations), 'another value'])(
    'of an older redrill is refused or judged, and never breaks the judge: %s',
    { timeout: 60_000 },
    async (name) => {
      const rng = seeded(`unsealed ${name}`);
      const json = join(unsealed, 'history.json');
      for (let i = 0; i < 40; i++) {
        const file = name in mutations ? await victimIn(unsealed, rng) : json;
        const before = await readFile(file);
        const after =
          name in mutations
            ? mutations[name]!(before, rng)
            : Buffer.from(JSON.stringify(graft(JSON.parse(before.toString()), rng)));
        await writeFile(file, after);
        await refusalOf(unsealed).catch((error: unknown) => {
          throw new Error(`round ${i}, ${file}`, { cause: error });
        });
        await writeFile(file, before);
      }
    },
  );
});

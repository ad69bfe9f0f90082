/**
 * Recordings of real drills, kept from before: every kind of topology, crashes, partitions, slot migrations, losses, a variant of a
 * matrix, repeats. Judged again they must come to the same result, to the byte. Where judging has become better, and every
 * difference was looked at, `npx vitest run --project unit src/proof.test.ts -u` writes the new ones.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeReports } from './report/index.js';
import { rejudge } from './report/rejudge.js';

const kept = join(import.meta.dirname, 'recording', 'testing', 'kept');
const names = await readdir(kept);
const reports = ['result.json', 'events.ndjson', 'junit.xml', 'summary.md'];
/** What is known of it without the reports. */
const unpacked = ['history.json', 'history.bin'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'redrill-kept-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function unpack(name: string): Promise<string> {
  const run = join(folder, name);
  await mkdir(run);
  for (const file of unpacked)
    await writeFile(join(run, file), brotliDecompressSync(await readFile(join(kept, name, `${file}.br`))));
  await writeFile(join(run, 'SHA256SUMS'), await readFile(join(kept, name, 'SHA256SUMS')));
  return run;
}

describe('a recording of before', () => {
  it('is there of every kind', () => {
    expect(names.length).toBeGreaterThanOrEqual(20);
  });

  it.each(names)('%s is judged as it was', async (name) => {
    const run = await unpack(name);
    await writeReports(run, await rejudge(run), { attachments: 'report' });
    for (const file of reports)
      await expect(await readFile(join(run, file), 'utf8')).toMatchFileSnapshot(join(kept, name, file));
  });
});

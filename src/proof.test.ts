/**
 * Recordings of real drills, kept from before: every kind of topology, crashes, partitions, slot migrations, losses, a variant of a
 * matrix, repeats. Judged again they must come to the same result, to the byte. Where judging has become better, and every
 * difference was looked at, `npx vitest run --project unit src/proof.test.ts -u` writes the new ones.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kept, keptNames, unpack } from './recording/testing/kept.js';
import { writeReports } from './report/index.js';
import { rejudge } from './report/rejudge.js';

const names = await keptNames();
const reports = ['result.json', 'events.ndjson', 'junit.xml', 'summary.md'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'redrill-kept-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a recording of before', () => {
  it('is there of every kind', () => {
    expect(names.length).toBeGreaterThanOrEqual(20);
  });

  it.each(names)('%s is judged as it was', async (name) => {
    const run = await unpack(name, folder);
    await writeReports(run, await rejudge(run), { attachments: 'report' });
    for (const file of reports)
      await expect(await readFile(join(run, file), 'utf8')).toMatchFileSnapshot(join(kept, name, file));
  });
});

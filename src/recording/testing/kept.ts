/** Recordings of real drills, kept from before. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { openRecording } from '../history.js';
import type { Recording } from '../recording.js';

export const kept = join(import.meta.dirname, 'kept');
export const keptNames = (): Promise<string[]> => readdir(kept);

/** As a run folder below this one, without its reports. */
export async function unpack(name: string, folder: string): Promise<string> {
  const run = join(folder, name);
  await mkdir(run);
  for (const file of ['history.json', 'history.bin'])
    await writeFile(join(run, file), brotliDecompressSync(await readFile(join(kept, name, `${file}.br`))));
  await writeFile(join(run, 'SHA256SUMS'), await readFile(join(kept, name, 'SHA256SUMS')));
  return run;
}

export async function keptRecording(name: string): Promise<Recording> {
  const folder = await mkdtemp(join(tmpdir(), 'redrill-kept-'));
  try {
    return (await openRecording(await unpack(name, folder))).recording;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * SHA256SUMS in a run folder: what each file was when it was written, in the form that `sha256sum --check` reads. It tells
 * damage, not forgery: whoever can change a file can change its checksum too.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, RedrillError } from '../core/errors.js';

export const SEAL = 'SHA256SUMS';

/** Checksums by path, relative to the run folder, with forward slashes. */
export type Seal = ReadonlyMap<string, string>;

export const checksum = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

export const sealText = (seal: Seal): string => [...seal].map(([path, sum]) => `${sum}  ${path}\n`).join('');

export const damaged = (file: string, why: string, cause?: unknown): RedrillError =>
  new RedrillError('REPORT', `${file} is damaged: ${why}`, {
    hint: 'this run can no longer be judged; run the scenario again, or restore the folder from a copy',
    cause,
  });

const LINE = /^([0-9a-f]{64}) {2}([^\0]+)$/;

/** @returns undefined where there is none: a recording of before there were any. */
export async function readSeal(folder: string): Promise<Seal | undefined> {
  const file = join(folder, SEAL);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw damaged(file, messageOf(error), error);
  }
  const seal = new Map<string, string>();
  const lines = text.split('\n');
  if (lines.pop() !== '') throw damaged(file, 'its last line is cut off');
  lines.forEach((line, i) => {
    const [, sum, path] = LINE.exec(line) ?? [];
    if (!sum || !path) throw damaged(file, `line ${i + 1} is not a checksum and a file`);
    seal.set(path, sum);
  });
  return seal;
}

/** @throws RedrillError when this content is not what was written. */
export function checkSealed(seal: Seal, folder: string, path: string, content: Buffer): void {
  const sum = seal.get(path);
  if (sum !== undefined && sum !== checksum(content))
    throw damaged(join(folder, path), `its checksum is not the one that ${SEAL} has for it`);
}

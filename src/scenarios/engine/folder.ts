import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, RedrillError } from '../../core/errors.js';
import { formatSize } from '../../core/units.js';

/** Sorts by time, is valid in container names, and says which scenario it was. */
export function newRunId(scenario: string, now = new Date()): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${scenario.slice(0, 40)}-${randomBytes(2).toString('hex')}`;
}

/** What the smallest drill writes fits in here. */
const LEAST_SPACE = 8 * 2 ** 20;

/** @throws RedrillError when nothing can be written there: better before a drill than after it. */
export async function newRunFolder(reports: string, runId: string): Promise<string> {
  const folder = join(reports, runId);
  try {
    await mkdir(join(folder, 'logs'), { recursive: true });
  } catch (error) {
    throw cannotWrite(reports, messageOf(error), error);
  }
  const { blocks, bavail, bsize } = await statfs(reports);
  // Some network file systems don't know their size.
  if (blocks > 0 && bavail * bsize < LEAST_SPACE) {
    await dropRunFolder(folder);
    throw cannotWrite(reports, `only ${formatSize(bavail * bsize)} of space are left there`);
  }
  return folder;
}

const cannotWrite = (reports: string, why: string, cause?: unknown): RedrillError =>
  new RedrillError('REPORT', `can't write reports to ${reports}: ${why}`, {
    hint: 'free some space, or name another folder with --output',
    cause,
  });

/** Of a run that has nothing to show. */
export const dropRunFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true }).catch(() => undefined);

/** Of this package, from its own package.json. */
export const redrillVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }).version;

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, RedrillError } from '../../core/errors.js';

/** Sorts by time, is valid in container names, and says which scenario it was. */
export function newRunId(scenario: string, now = new Date()): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${scenario.slice(0, 40)}-${randomBytes(2).toString('hex')}`;
}

/** @throws RedrillError when nothing can be written there: better before a drill than after it. */
export async function newRunFolder(reports: string, runId: string): Promise<string> {
  const folder = join(reports, runId);
  try {
    await mkdir(join(folder, 'logs'), { recursive: true });
  } catch (error) {
    throw new RedrillError('REPORT', `can't write reports to ${reports}: ${messageOf(error)}`, {
      hint: 'free some space, or name another folder with --output',
      cause: error,
    });
  }
  return folder;
}

/** Of this package, from its own package.json. */
export const redrillVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }).version;

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, rm, rmdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, RedrillError } from '../core/errors.js';
import { makeFolder } from '../core/folder.js';
import { formatSize } from '../core/units.js';
import { liveness, self } from '../fleet/liveness.js';
import { whatToDo } from '../report/write.js';

/** Sorts by time, is valid in container names, and says which scenario it was. */
export function newRunId(scenario: string, now = new Date()): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${scenario.slice(0, 40)}-${randomBytes(2).toString('hex')}`;
}

/** What the smallest drill writes fits in here. */
const LEAST_SPACE = 8 * 2 ** 20;

export interface RunFolder {
  path: string;
  /**
   * Where the recording is written; it becomes `path` when it is whole. Its name tells whose it is: what a killed process
   * left of one is removed by the next run.
   */
  draft: string;
}

/**
 * Nothing is left there until there is something to keep.
 * @throws RedrillError when nothing can be written there: better before a drill than after it.
 */
export async function newRunFolder(reports: string, runId: string): Promise<RunFolder> {
  const { pid, started, host, boot = '', space = '' } = self();
  const draft = join(reports, `.${[runId, host, pid, started, boot, space].join('~')}`);
  try {
    await makeFolder(draft);
    await rmdir(draft);
  } catch (error) {
    throw cannotWrite(reports, error, draft);
  }
  await dropDrafts(reports).catch(() => undefined);
  const { blocks, bavail, bsize } = await statfs(reports);
  // Some network file systems don't know their size.
  if (blocks > 0 && bavail * bsize < LEAST_SPACE)
    throw cannotWrite(reports, new Error(`only ${formatSize(bavail * bsize)} of space are left there`));
  return { path: join(reports, runId), draft };
}

/** Nobody has to know of drafts. */
const cannotWrite = (reports: string, cause: unknown, draft = reports): RedrillError =>
  new RedrillError('REPORT', `can't write reports to ${reports}: ${messageOf(cause).replaceAll(draft, reports)}`, {
    hint: whatToDo(cause) ?? 'free some space, or name another folder with --output',
    cause,
  });

/** Those of processes that are gone. */
async function dropDrafts(reports: string): Promise<void> {
  for (const name of await readdir(reports)) {
    const [, host, pid, started, boot, space, ...rest] = name.startsWith('.') ? name.split('~') : [];
    if (started === undefined || rest.length > 0) continue;
    const owner = { host: host!, pid: Number(pid), started, ...(boot && { boot }), ...(space && { space }) };
    if (liveness(owner) === 'dead') await dropRunFolder(join(reports, name));
  }
}

/** Of a run that has nothing to show. */
export const dropRunFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true }).catch(() => undefined);

/** Of this package, from its own package.json. */
export const redrillVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;

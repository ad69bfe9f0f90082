/** Puts the reports on disk. Each file appears whole or not at all, and reports of earlier runs are never touched. */
import { open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { messageOf, RedrillError } from '../core/errors.js';
import { makeFolder } from '../core/folder.js';
import { checksum, readSeal, SEAL, sealText } from '../recording/seal.js';
import { serverText } from './format.js';
import { renderHtml } from './html/page.js';
import { renderEvents, renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { renderMarkdown } from './markdown.js';
import type { ReportInput, Result } from './types.js';

interface Options {
  /** Which base the attachment paths in junit.xml have: the working directory (GitLab), the report itself, or the root (Jenkins). */
  attachments?: 'cwd' | 'report' | 'absolute';
  cwd?: string;
}

export interface Written {
  folder: string;
  files: Record<'result' | 'junit' | 'summary' | 'page' | 'events', string>;
}

export async function writeReports(
  folder: string,
  input: ReportInput,
  { attachments = 'cwd', cwd = process.cwd() }: Options = {},
): Promise<Written> {
  const file = (name: string): string => join(folder, name);
  const files = {
    result: file('result.json'),
    junit: file('junit.xml'),
    summary: file('summary.md'),
    page: file('index.html'),
    events: file('events.ndjson'),
  };
  const page = { cwd: relative(cwd, files.page), report: 'index.html', absolute: files.page }[attachments];
  // Rendered before anything is written: a bug in a renderer must not leave half a set.
  const contents: [string, string][] = [
    [files.result, renderJson(input.result)],
    [files.events, renderEvents(input)],
    [files.junit, renderJunit([input.result], { attachment: () => page })],
    [files.summary, renderMarkdown(input.result)],
    [files.page, renderHtml(input)],
  ];
  await guarded(folder, () => makeFolder(folder));
  await writeWhole([...contents, ...(await sealed(folder, contents))]);
  return { folder, files };
}

/** What programs read has a checksum like the recording; people may add to what is for them. */
export const rewrites = ['result.json', 'events.ndjson'] as const;

/** The run's checksums with those of the new files; none for a recording of before there were any. */
async function sealed(folder: string, contents: readonly [string, string][]): Promise<[string, string][]> {
  const seal = await readSeal(folder);
  if (!seal) return [];
  const sums = contents.flatMap(([path, content]): [string, string][] => {
    const name = rewrites.find((one) => join(folder, one) === path);
    return name ? [[name, checksum(content)]] : [];
  });
  return [[join(folder, SEAL), sealText(new Map([...seal, ...sums]))]];
}

/** Every file whole and new, or every file as it was: a reader never sees half, and a full disk leaves what was there. */
export async function writeWhole(files: readonly [path: string, content: string][]): Promise<void> {
  const draft = (path: string): string => `${path}.${process.pid}.tmp`;
  await guarded(dirname(files[0]?.[0] ?? '.'), async () => {
    try {
      for (const [path, content] of files) await writeFile(draft(path), content);
      for (const [path] of files) await rename(draft(path), path);
    } catch (error) {
      for (const [path] of files) await rm(draft(path), { force: true }).catch(() => {});
      throw error;
    }
  });
}

/** Makes a finished run the latest one and adds its line to the history. */
export async function publish(reports: string, folder: string, result: Result): Promise<void> {
  await guarded(reports, async () => {
    await pointLatest(reports, folder);
    await appendWhole(join(reports, 'history.jsonl'), historyLine(result, relative(reports, folder)));
  });
}

/** A line that does not fit leaves the file as it was. */
async function appendWhole(path: string, line: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    const { size } = await file.stat();
    await file.appendFile(line).catch(async (error: unknown) => {
      await file.truncate(size).catch(() => {});
      throw error;
    });
  } finally {
    await file.close();
  }
}

async function pointLatest(reports: string, folder: string): Promise<void> {
  const draft = join(reports, `.latest.${process.pid}`);
  await rm(draft, { force: true });
  await symlink(relative(reports, folder) || basename(folder), draft);
  // rename replaces a symlink at once; removing it first would leave a moment without one.
  await rename(draft, join(reports, 'latest'));
}

/** One line a scenario run: what a trend needs, no more. */
export function historyLine(result: Result, folder: string): string {
  const measured = Object.fromEntries(result.findings.map((f) => [f.objective, f.measured.value]));
  const { scenario, environment: e } = result;
  return `${JSON.stringify({
    version: 1,
    startedAt: result.startedAt,
    runId: result.runId,
    scenario: scenario.name,
    verdict: result.verdict,
    seed: result.seed,
    server: serverText(result),
    image: e.image.id,
    redrill: e.redrill,
    durationMs: Math.round(result.durationMs),
    measured,
    folder,
  })}\n`;
}

const hints: Record<string, string> = {
  ENOSPC: 'free some space, or choose another folder with --output',
  EDQUOT: 'your disk quota is used up; choose another folder with --output',
  EACCES: 'the folder is not writable; choose another one with --output',
  EPERM: 'the folder is not writable; choose another one with --output',
  EROFS: 'the file system is read-only; choose another folder with --output',
  ENOTDIR: 'a part of the path is a file; choose another folder with --output',
};

/** What to do when the system refuses to write; undefined where it did not say why. */
export const whatToDo = (error: unknown): string | undefined => hints[(error as NodeJS.ErrnoException)?.code ?? ''];

async function guarded(folder: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    const why = code === 'ENOSPC' ? 'no space left on the device' : messageOf(error);
    throw new RedrillError('REPORT', `can't write the reports to ${folder}: ${why}`, {
      hint: whatToDo(error),
      cause: error,
    });
  }
}

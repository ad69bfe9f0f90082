import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedrillError } from '../core/errors.js';
import { inputOf } from './testing/inputs.js';
import { publish, writeReports } from './write.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'redrill-report-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writeReports', () => {
  it('writes every report, and no draft stays behind', async () => {
    const run = join(folder, 'run-1');
    await writeReports(run, inputOf(), { cwd: folder });
    expect((await readdir(run)).sort()).toEqual([
      'events.ndjson',
      'index.html',
      'junit.xml',
      'result.json',
      'summary.md',
    ]);
    expect(await readFile(join(run, 'junit.xml'), 'utf8')).toContain('[[ATTACHMENT|run-1/index.html]]');
  });

  it('replaces the reports of the same run when it is judged again', async () => {
    await writeReports(folder, inputOf('segfault'));
    await writeReports(folder, inputOf('never'));
    expect(JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')).verdict).toBe('fail');
  });

  it('says what is wrong when the folder is no folder, and touches nothing', async () => {
    await writeFile(join(folder, 'taken'), 'mine');
    const error = await writeReports(join(folder, 'taken'), inputOf()).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RedrillError);
    expect(error).toMatchObject({ code: 'REPORT', exitStatus: 2 });
    expect((error as Error).message).toMatch(/^can't write the reports to /);
    expect(await readFile(join(folder, 'taken'), 'utf8')).toBe('mine');
  });

  // /dev/full is a disk that is always full: the draft of one report is made to land on it.
  it.runIf(existsSync('/dev/full'))('says that the disk is full, and leaves every report as it was', async () => {
    await writeReports(folder, inputOf('segfault'));
    const before = await readFile(join(folder, 'result.json'), 'utf8');
    await symlink('/dev/full', join(folder, `junit.xml.${process.pid}.tmp`));
    await expect(writeReports(folder, inputOf('never'))).rejects.toMatchObject({
      code: 'REPORT',
      message: `can't write the reports to ${folder}: no space left on the device`,
      hint: expect.stringContaining('free some space'),
    });
    expect(await readFile(join(folder, 'result.json'), 'utf8')).toBe(before);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.runIf(process.getuid?.() !== 0)('names the folder that can not be written', async () => {
    await chmod(folder, 0o500);
    await expect(writeReports(join(folder, 'x'), inputOf())).rejects.toMatchObject({
      code: 'REPORT',
      hint: expect.stringContaining('--output'),
    });
  });
});

describe('publish', () => {
  it('points latest at the newest run and keeps a line for each', async () => {
    for (const name of ['run-1', 'run-2']) {
      await mkdir(join(folder, name));
      await publish(folder, join(folder, name), inputOf().result);
    }
    expect(await readlink(join(folder, 'latest'))).toBe('run-2');
    const lines = (await readFile(join(folder, 'history.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l));
    expect(lines.map((l) => l.folder)).toEqual(['run-1', 'run-2']);
    expect(lines[0]).toMatchObject({ verdict: 'pass', measured: { recovery_time: 3400, lost_acknowledged_writes: 3 } });
  });
});

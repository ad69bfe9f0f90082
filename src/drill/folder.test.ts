import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { self } from '../fleet/liveness.js';
import { newRunFolder } from './folder.js';

const reports = mkdtempSync(join(tmpdir(), 'redrill-folder-'));
afterAll(() => rmSync(reports, { recursive: true, force: true }));

it('what a killed run left of its recording is removed by the next one, and nothing of a run that lives', async () => {
  const { draft } = await newRunFolder(reports, 'mine');
  const { pid, started, host, boot = '' } = self();
  const left = {
    alive: basename(draft),
    'another process has its number now': `.run~${host}~${pid}~1`,
    'of the boot before': `.run~${host}~${pid}~${started}~another-boot~`,
    'in another container': `.run~${host}~${pid}~${started}~${boot}~pid:[1]`,
    'on another machine': `.run~elsewhere~${pid}~1`,
    'not ours': '.git~a~b',
  };
  for (const name of Object.values(left)) mkdirSync(join(reports, name));
  await newRunFolder(reports, 'next');
  const still = readdirSync(reports);
  expect(Object.entries(left).flatMap(([what, name]) => (still.includes(name) ? [what] : []))).toEqual([
    'alive',
    'in another container',
    'on another machine',
    'not ours',
  ]);
});

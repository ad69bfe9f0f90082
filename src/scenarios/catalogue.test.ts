import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { loadCatalogue, loadNamed } from './catalogue.js';
import { written } from './testing/write.js';

const home = process.cwd();
afterEach(() => process.chdir(home));

const drill = (name: string, more = ''): string =>
  `name: ${name}\ntimeline: [{ at: 3s, fault: kill, target: primary }]\nobjectives: { recovery_time: < 60s }\n${more}`;

async function inFolder(files: Record<string, string>): Promise<void> {
  const folder = await written({ 'own.yaml': drill('own') });
  await mkdir(join(folder, 'scenarios'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'scenarios', name), text);
  process.chdir(folder);
}

const names = async (...words: string[]): Promise<string[]> => (await loadNamed(words)).map(({ name }) => name);

it('a scenario is found by its file or by the name that the list shows, in the order asked for', async () => {
  await inFolder({ 'a.yaml': drill('first'), 'b.yaml': drill('many', 'matrix: { shards: [3, 5] }\n') });
  expect(await names('many', './own.yaml', 'first')).toEqual(['many-3-shards', 'many-5-shards', 'own', 'first']);
  expect(await names('many-5-shards')).toEqual(['many-5-shards']);
});

it('a name that nobody or several files have is refused with what to do', async () => {
  await inFolder({ 'a.yaml': drill('twice'), 'b.yaml': drill('twice'), 'c.yaml': drill('primary-segfault') });
  await expect(names('twice')).rejects.toMatchObject({
    message: '"twice" is the name of scenarios in 2 files',
    hint: 'name the one that is meant: scenarios/a.yaml, scenarios/b.yaml',
  });
  await expect(names('primary-segfalt')).rejects.toMatchObject({
    message: '"primary-segfalt" is neither a file nor the name of a scenario. Did you mean "primary-segfault"?',
  });
  await expect(names('nowhere/x.yaml')).rejects.toThrow('no such file');
});

it('a file of own faults beside the scenarios is left out of the folder, and told what it is where it is named', async () => {
  const [own, nothing] = ['export const faults = {};', 'export const drill = {};'];
  await inFolder({ 'a.yaml': drill('first'), 'own.ts': own, 'nothing.ts': nothing });
  const found = await loadCatalogue([]);
  expect(found.map(({ file, problems }) => [file, problems[0]?.message])).toEqual([
    ['scenarios/a.yaml', undefined],
    ['scenarios/nothing.ts', 'has no scenario: write `export default defineScenario({ … })`'],
  ]);
  const [named] = await loadCatalogue(['scenarios/own.ts']);
  expect(named!.problems[0]!.message).toBe(
    'is no scenario file: it has faults, procedures or objectives, which a scenario file names in "use"',
  );
});

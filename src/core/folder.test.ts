import { mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder } from './folder.js';

it('makes a folder and those it lies in, and leaves one alone that is there', async () => {
  const base = await mkdtemp(join(tmpdir(), 'redrill-test-'));
  const deep = join(base, 'a', 'b', 'c');
  await Promise.all([makeFolder(deep), makeFolder(deep)]);
  await makeFolder(deep);
  expect((await stat(deep)).isDirectory()).toBe(true);
});

it('refuses at once where none can be', async () => {
  const base = await mkdtemp(join(tmpdir(), 'redrill-test-'));
  await writeFile(join(base, 'file'), '');
  await expect(makeFolder(join(base, 'file'))).rejects.toThrow('EEXIST');
  await expect(makeFolder(join(base, 'file', 'a'))).rejects.toThrow('ENOTDIR');
  // Node's recursive mkdir loops for ever here.
  await expect(makeFolder('/proc/redrill/logs')).rejects.toThrow('ENOENT');
  await expect(makeFolder('/dev/null/x')).rejects.toThrow('ENOTDIR');
});

import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, say } from './shell.mjs';

const stamp = join(root, 'dist', '.stamp');
const inputs = [
  'src',
  'docker/assets.mjs',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

export function ensureBuild() {
  const begun = new Date();
  if (inputs.every((input) => newest(join(root, input)) < timeOf(stamp))) return;
  say('building dist');
  run('npm', ['run', '--silent', 'build'], { shell: process.platform === 'win32' });
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stamp, begun.toISOString());
}

/** Folders count too: they are newer when a file was removed. Tests and their like are not part of the build. */
function newest(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) return 0;
  if (!info.isDirectory()) return /\.test\.tsx?$/.test(path) ? 0 : info.mtimeMs;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1;

import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, say } from './shell.mjs';

const lock = join(root, 'package-lock.json');
const installed = join(root, 'node_modules', '.package-lock.json');
const stamp = join(root, 'node_modules', '.redrill-lock');

const hash = () => createHash('sha256').update(readFileSync(lock)).digest('hex');

export function ensureDependencies() {
  if (isCurrent()) return;
  say('installing the dependencies with npm ci');
  run('npm', ['ci', '--no-audit', '--no-fund', '--include=dev'], { shell: process.platform === 'win32' });
  writeFileSync(stamp, hash());
}

/** npm's own record is newer than the lock, or the lock is the very one that was installed (a checkout touches it). */
function isCurrent() {
  try {
    if (statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return true;
    return readFileSync(stamp, 'utf8') === hash();
  } catch {
    return false;
  }
}

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a person has to do; ends the set-up with one line. */
export class Refusal extends Error {}

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export const say = (line) => process.stderr.write(`redrill set-up: ${line}\n`);

/** Runs a command; its output is shown only when it fails. */
export function run(command, args, options = {}) {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  if (status === 0) return stdout;
  // Ctrl-C reaches the command too: end the way it ended.
  if (signal === 'SIGINT') process.exit(130);
  const output = `${stdout ?? ''}${stderr ?? ''}`.trim();
  if (output) process.stderr.write(`${output.split('\n').slice(-40).join('\n')}\n`);
  throw new Refusal(`\`${command} ${args.join(' ')}\` failed (${error?.message ?? signal ?? `status ${status}`})`);
}

export function onPath(command) {
  // Daemons are in sbin, which is not on everybody's path.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, command)).find((path) => isExecutable(path));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const mayInstall = () => process.getuid?.() === 0 && onPath('apt-get') !== undefined;

let updated = false;

export function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const lock = ['-o', 'DPkg::Lock::Timeout=180'];
  say(`installing ${packages.join(' and ')} with apt-get`);
  if (!updated) run('apt-get', ['update', '-q', ...lock], { env });
  updated = true;
  run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...lock, ...packages], { env });
}

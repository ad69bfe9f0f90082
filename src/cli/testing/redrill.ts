/** Runs the built command line as a user does: another process, its own streams and exit status. */
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

// Below node_modules, so that packages are found from there. One build for each vitest run (its workers have one
// parent): the test files of a run share it, and a run beside it never sees it half written.
const cache = resolve('node_modules/.cache/redrill-cli-test');
const home = join(cache, String(process.ppid));
const main = join(home, 'dist/cli/main.js');
const ready = join(home, 'ready');

export interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Compiles what is there now. Type errors elsewhere don't stop it: they have a check of their own. */
export async function build(): Promise<void> {
  mkdirSync(cache, { recursive: true });
  try {
    mkdirSync(home);
  } catch {
    while (!existsSync(ready)) await sleep(50);
    return;
  }
  for (const old of readdirSync(cache))
    if (!alive(Number(old))) rmSync(join(cache, old), { recursive: true, force: true });
  for (const name of ['package.json', 'scenarios', 'docker']) symlinkSync(resolve(name), join(home, name));
  const out = ['--outDir', join(home, 'dist'), '--tsBuildInfoFile', join(home, 'dist/.tsbuildinfo')];
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', ...out], {
    encoding: 'utf8',
  });
  if (!existsSync(main)) throw new Error(`tsc made no ${main}:\n${tsc.stdout}${tsc.stderr}`);
  // Style sheets and the like stand beside the code that reads them.
  cpSync('src', join(home, 'dist'), {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || !/\.tsx?$/.test(path),
  });
  writeFileSync(ready, '');
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export function redrill(
  args: string[],
  { env = {}, cwd = process.cwd() }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Ran> {
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, GITHUB_ACTIONS: ____, ...plain } = process.env;
  return new Promise((done) => {
    const options = { cwd, env: { ...plain, ...env }, maxBuffer: 1e8 };
    const child = execFile(process.execPath, [main, ...args], options, (_error, stdout, stderr) =>
      done({ status: child.exitCode, stdout, stderr }),
    );
  });
}

/** The built module's address, for a script that a test runs by itself. */
export const built = (path: string): string => pathToFileURL(join(home, 'dist', path)).href;

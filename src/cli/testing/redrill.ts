/** Runs the built command line as a user does: another process, its own streams and exit status. */
import { spawn, spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
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

interface Circumstances {
  env?: Record<string, string>;
  cwd?: string;
}

export interface Running {
  readonly pid: number;
  /** Ends with the process. */
  readonly ended: Promise<Ran>;
  /** Resolves when stderr has shown this, now or later; rejects when the process ends without it. */
  saw(what: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Program, arguments and environment of a command, for those who have streams of their own for it. */
export function commandOf(args: string[], env: Record<string, string> = {}) {
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, GITHUB_ACTIONS: ____, ...plain } = process.env;
  return { program: process.execPath, args: [main, ...args], env: { ...plain, ...env } };
}

/** A command under way, for those who want to interrupt it. */
export function start(given: string[], { env: more = {}, cwd = process.cwd() }: Circumstances = {}): Running {
  const { program, args, env } = commandOf(given, more);
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  const heard = new EventEmitter().setMaxListeners(0);
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
      heard.emit('more');
    });
  const ended = new Promise<Ran>((done, fail) => {
    child.on('error', fail).on('close', (status) => done({ status, ...said }));
  });
  return {
    pid: child.pid!,
    ended,
    saw: (what) =>
      new Promise((done, fail) => {
        const look = (): void => {
          if (!what.test(said.stderr)) return;
          heard.off('more', look);
          done();
        };
        heard.on('more', look);
        look();
        void ended.then(({ status }) =>
          fail(new Error(`ended with ${status} before it said ${what}:\n${said.stderr}${said.stdout}`)),
        );
      }),
    kill: (signal) => void child.kill(signal),
  };
}

export const redrill = (args: string[], circumstances?: Circumstances): Promise<Ran> =>
  start(args, circumstances).ended;

/** The built module's address, for a script that a test runs by itself. */
export const built = (path: string): string => pathToFileURL(join(home, 'dist', path)).href;

/** Runs the built command line as a user does: another process, its own streams and exit status. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

// Below node_modules, so that packages are found from there; a place of its own, so that it never disturbs dist.
const home = resolve('node_modules/.cache/redrill-cli-test');
const main = join(home, 'dist/cli/main.js');

export interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Compiles what is there now. Type errors elsewhere don't stop it: they have a check of their own. */
export function build(): void {
  mkdirSync(home, { recursive: true });
  for (const name of ['package.json', 'scenarios', 'docker']) {
    rmSync(join(home, name), { force: true });
    symlinkSync(resolve(name), join(home, name));
  }
  const out = ['--outDir', join(home, 'dist'), '--tsBuildInfoFile', join(home, 'dist/.tsbuildinfo')];
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', ...out], {
    encoding: 'utf8',
  });
  if (!existsSync(main)) throw new Error(`tsc made no ${main}:\n${tsc.stdout}${tsc.stderr}`);
}

export function redrill(
  args: string[],
  { env = {}, cwd = process.cwd() }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Ran> {
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, GITHUB_ACTIONS: ____, ...plain } = process.env;
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      { cwd, env: { ...plain, ...env }, maxBuffer: 1e8 },
      (_error, stdout, stderr) => done({ status: child.exitCode, stdout, stderr }),
    );
  });
}

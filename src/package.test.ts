/** The package as a stranger has it: packed, laid into an empty project, and used from there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, built } from './cli/testing/redrill.js';

const root = resolve('.');
const scratch = mkdtempSync(join(tmpdir(), 'redrill-package-'));
const home = join(scratch, 'node_modules', 'redrill');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let files: string[];
beforeAll(async () => {
  await build();
  // What is packed, of what was built just now: `dist` of the checkout may be older, or not there.
  const said = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' });
  const [{ files: listed }] = JSON.parse(said) as [{ files: { path: string }[] }];
  files = listed.map(({ path }) => path).filter((path) => !path.startsWith('dist/'));
  for (const path of files) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    cpSync(path, join(home, path));
  }
  cpSync(new URL(built('.')), join(home, 'dist'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
  mkdirSync(join(scratch, 'drills'));
  cpSync('scenarios/primary-kill.yaml', join(scratch, 'drills', 'failover.yaml'));
}, 300_000);

const redrill = (words: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(home, 'dist/cli/main.js'), ...words], {
    cwd: scratch,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });

describe('the installed package', () => {
  it('has the pages that it links to, and everything that they link to', () => {
    const pages = files.filter((path) => path.endsWith('.md'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/scenarios.md', 'docs/ci.md']));
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(home, page), 'utf8').matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)]
        .map((m) => m[1]!)
        .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(resolve(home, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('leaves out what only a clone can use', () => {
    expect(files.filter((path) => /^(src|\.ci)\/|\.test\.|generate/.test(path))).toEqual([]);
  });

  it('lists its catalogue by paths that lead to it from here, and knows it by name', () => {
    const { status, stdout } = redrill(['list']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^primary-segfault .* node_modules\/redrill\/scenarios\/primary-segfault\.yaml$/m);
    expect(redrill(['plan', 'primary-segfault'])).toMatchObject({ status: 0, stderr: '' });
  });

  it('knows the catalogue by name beside scenarios of the project', () => {
    mkdirSync(join(scratch, 'scenarios'));
    writeFileSync(
      join(scratch, 'scenarios', 'mine.yaml'),
      readFileSync('scenarios/primary-kill.yaml', 'utf8').replace(/^name: .*/m, 'name: mine'),
    );
    expect(redrill(['plan', 'mine', 'primary-segfault'])).toMatchObject({ status: 0, stderr: '' });
    expect(redrill(['list']).stdout).not.toContain('primary-segfault');
    rmSync(join(scratch, 'scenarios'), { recursive: true });
  });

  it('gives advice that can be followed here', () => {
    const { status, stdout, stderr } = redrill(['doctor'], { DOCKER_HOST: 'unix:///nowhere' });
    expect(status).toBe(2);
    expect(stdout + stderr).toContain('`redrill setup`');
    expect(stdout + stderr).not.toContain('node docker/');
  });

  it('sets itself up without the parts that only a clone needs', () => {
    const { status, stderr } = redrill(['setup'], { DOCKER_HOST: 'unix:///nowhere' });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'redrill set-up: no engine answers at DOCKER_HOST=unix:///nowhere; start it, or unset DOCKER_HOST\n',
    });
  });

  it('is a library too', () => {
    const script = join(scratch, 'use.mjs');
    writeFileSync(
      script,
      "import { loadScenarios, planOf } from 'redrill';\nconst [one] = await loadScenarios('drills/failover.yaml');\nconsole.log(planOf(one).scenario.name);\n",
    );
    const { stdout, stderr } = spawnSync(process.execPath, [script], { cwd: scratch, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'primary-kill\n', stderr: '' });
  });
});

describe('the pipelines in docs/ci.md', () => {
  const text = readFileSync('docs/ci.md', 'utf8');
  const commands = [...text.matchAll(/npx redrill ([^'\n]+)/g)].map((m) => m[1]!.trim());

  it('run drills with what the package offers', () => {
    const runs = commands.filter((command) => command.startsWith('run '));
    expect(runs).toHaveLength(3);
    const files = (words: string) =>
      words.replace('drills/*.yaml', relative(scratch, join(scratch, 'drills/failover.yaml')));
    // The same words, planned instead of run: nothing is started.
    for (const command of runs)
      expect(redrill(files(command.replace('run', 'plan')).split(' '))).toMatchObject({ status: 0 });
    for (const command of commands.filter((one) => !runs.includes(one)))
      expect(redrill([...command.split(' '), '--help'])).toMatchObject({ status: 0 });
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { build, redrill } from './testing/redrill.js';

beforeAll(build, 120_000);

const good = 'scenarios/primary-segfault.yaml';
const bad = 'src/scenarios/testing/bad/unknown-keys.yaml';
// biome-ignore lint/suspicious/noControlCharactersInRegex: looks for terminal sequences
const ansi = /\u001b\[/;

describe('redrill without a command', () => {
  it('says in a few lines what to try', async () => {
    const { status, stdout, stderr } = await redrill([]);
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('redrill run primary-segfault');
    expect(stdout).toContain('redrill plan primary-segfault');
    expect(stdout.split('\n').length).toBeLessThan(10);
  });

  it('lists commands and exit codes with --help', async () => {
    const { status, stdout } = await redrill(['--help']);
    expect(status).toBe(0);
    for (const command of [
      'run',
      'plan',
      'validate',
      'list',
      'faults',
      'procedures',
      'objectives',
      'report',
      'judge',
      'doctor',
      'clean',
      'schema',
    ])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    for (const code of [0, 1, 2, 64, 70, 130]) expect(stdout).toMatch(new RegExp(`^  ${code} +\\w`, 'm'));
  });

  it('prints its version', async () => {
    expect(await redrill(['--version'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('wrong usage', () => {
  it.each([
    ['an unknown command', ['runn'], /unknown command 'runn'\s+\(Did you mean run\?\)/],
    ['an unknown option', ['validate', '--jsn', good], /unknown option '--jsn'\s+\(Did you mean --json\?\)/],
    ['a missing argument', ['run'], /missing required argument 'files'/],
    ['a bad number', ['run', '--repeat', 'often', good], /a whole number from 1 to 1000 is expected/],
    ['an unknown reporter', ['run', '--reporter', 'fax', good], /known reporters: github/],
    ['no name of an image', ['doctor', 'redis://localhost'], /"redis:\/\/localhost" is not the name of an image/],
    ['an unknown fault', ['faults', 'segfalt'], /unknown fault "segfalt"\. Did you mean "segfault"\?/],
    ['an objective that is none', ['judge', 'nowhere', '--objective', 'fast'], /"fast" is not an objective/],
    [
      'an unknown objective',
      ['judge', 'nowhere', '--objective', 'recovery_tme=< 5s'],
      /Did you mean "recovery_time"\?/,
    ],
    ['a run folder that does not exist', ['judge', 'nowhere'], /no such run folder: nowhere/],
  ])('%s ends with 64 and a hint, and nothing on stdout', async (_, args, message) => {
    const { status, stdout, stderr } = await redrill(args);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

describe('redrill validate', () => {
  it('accepts the catalogue', async () => {
    const { status, stdout, stderr } = await redrill(['validate', good, 'scenarios/rolling-kills.ts']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(`${good}: valid, primary-segfault\nscenarios/rolling-kills.ts: valid, rolling-kills\n`);
  });

  it('shows every problem on stderr and ends with 64', async () => {
    const { status, stdout, stderr } = await redrill(['validate', bad, good]);
    expect({ status, stdout }).toEqual({ status: 64, stdout: `${good}: valid, primary-segfault\n` });
    expect(stderr).toContain(
      `${bad}:2:1  unknown key "severty". Did you mean "severity"?\n    2 | severty: P2\n      | ^^^^^^^\n`,
    );
    expect(stderr.match(/unknown (key|objective)/g)).toHaveLength(6);
    expect(stderr).not.toMatch(ansi);
  });

  it('prints nothing but JSON with --json, also for a bad file', async () => {
    const { status, stdout, stderr } = await redrill(['validate', '--json', bad, good, 'nowhere.yaml']);
    expect({ status, stderr }).toEqual({ status: 64, stderr: '' });
    const { valid, files } = JSON.parse(stdout) as {
      valid: boolean;
      files: { file: string; scenarios: string[]; problems: { message: string }[] }[];
    };
    expect(valid).toBe(false);
    expect(files.map(({ file, scenarios, problems }) => [file, scenarios, problems.length])).toEqual([
      [bad, [], 6],
      [good, ['primary-segfault'], 0],
      ['nowhere.yaml', [], 1],
    ]);
  });

  it('refuses a megabyte of noise quickly and in one line', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'redrill-test-')), 'noise.yaml');
    writeFileSync(file, Buffer.alloc(1_000_000, 'x: [*&\n'));
    const { status, stderr } = await redrill(['validate', file]);
    expect(status).toBe(64);
    expect(stderr).toBe(`${file}  976.6 KB is too large for a scenario file (at most 256 KB)\n`);
  });
});

describe('an invalid scenario', () => {
  it.each(['run', 'plan'])('makes %s end with 64 before anything is started', async (command) => {
    const { status, stdout, stderr } = await redrill([command, good, bad]);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain('unknown key "severty"');
  });
});

describe('redrill plan', () => {
  it('prints the plan and the seed', async () => {
    const { status, stdout, stderr } = await redrill(['plan', good, '--seed', 'abc']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('seed abc');
    expect(stdout).toMatch(/at 3 s +segfault on primary of shard 1/);
  });

  it('prints the same JSON for the same seed', async () => {
    const [a, b] = await Promise.all([
      redrill(['plan', '--json', '--seed', 'x', good]),
      redrill(['plan', '--json', '--seed', 'x', good]),
    ]);
    expect(JSON.parse(a.stdout)).toMatchObject([{ version: 1, seed: 'x', scenario: { name: 'primary-segfault' } }]);
    expect(a.stdout).toBe(b.stdout);
  });
});

describe('what is registered', () => {
  it.each(['faults', 'procedures', 'objectives'])(
    'is listed by redrill %s, as text, JSON and Markdown',
    async (command) => {
      const [text, json, markdown] = await Promise.all([
        redrill([command]),
        redrill([command, '--json']),
        redrill([command, '--markdown']),
      ]);
      const names = (JSON.parse(json.stdout) as { name: string }[]).map(({ name }) => name);
      expect(names.length).toBeGreaterThan(3);
      for (const name of names) {
        expect(text.stdout).toMatch(new RegExp(`^${name} `, 'm'));
        expect(markdown.stdout).toContain(`| \`${name}\` |`);
      }
    },
  );

  it('is shown with its parameters', async () => {
    const { stdout } = await redrill(['faults', 'stop']);
    expect(stdout).toMatch(/^ {2}grace +string such as 500ms/m);
    expect((await redrill(['procedures', 'failover', '--json'])).stdout).toContain(
      '"auto | graceful | force | takeover"',
    );
  });
});

describe('redrill list', () => {
  it('finds the catalogue in the working folder, or the one that comes with redrill', async () => {
    const here = await redrill(['list', '--json']);
    const elsewhere = await redrill(['list', '--json'], { cwd: tmpdir() });
    const names = (ran: { stdout: string }): string[] =>
      (JSON.parse(ran.stdout) as { name: string }[]).map(({ name }) => name);
    expect(names(here)).toContain('primary-segfault');
    expect(names(elsewhere)).toEqual(names(here));
  });

  it('lists the good files and names the bad ones', async () => {
    const { status, stdout, stderr } = await redrill(['list', good, bad]);
    expect(status).toBe(64);
    expect(stdout).toMatch(/^primary-segfault +P2 /);
    expect(stderr).toContain(`redrill validate ${bad}`);
  });
});

describe('redrill run without an engine', () => {
  it('begins one drill, and tells once why the others were not', async () => {
    const output = mkdtempSync(join(tmpdir(), 'redrill-no-engine-'));
    const { status, stdout } = await redrill(['run', good, good, good, '--repeat', '1', '-q', '-o', output], {
      env: { DOCKER_HOST: 'unix:///nowhere' },
    });
    expect(status).toBe(2);
    expect(stdout).toContain(
      '2 drills were not begun (primary-segfault, primary-segfault): no container engine answers',
    );
    expect(readdirSync(output).filter((name) => name.startsWith('2'))).toHaveLength(1);
    rmSync(output, { recursive: true });
  });
});

describe('redrill schema', () => {
  it('prints a JSON Schema', async () => {
    expect(JSON.parse((await redrill(['schema'])).stdout)).toMatchObject({ title: 'redrill scenario', type: 'object' });
  });
});

describe('colour', () => {
  it('is used only where it is wanted', async () => {
    expect((await redrill(['validate', bad], { env: { FORCE_COLOR: '1' } })).stderr).toMatch(ansi);
    expect((await redrill(['validate', bad, '--no-color'], { env: { FORCE_COLOR: '1' } })).stderr).not.toMatch(ansi);
    expect((await redrill(['validate', bad], { env: { NO_COLOR: '1' } })).stderr).not.toMatch(ansi);
  });
});

describe('the answer', () => {
  it('arrives whole, also where it is longer than a pipe holds', async () => {
    const { stdout } = await redrill(['schema']);
    expect(stdout.length).toBeGreaterThan(65_536);
    expect(JSON.parse(stdout)).toMatchObject({ title: 'redrill scenario' });
  });

  it('comes at once where nothing heavy is needed', async () => {
    await redrill(['--help']);
    const took = async (work: () => unknown): Promise<number> => {
      const before = performance.now();
      await work();
      return performance.now() - before;
    };
    const [help, bare] = [[] as number[], [] as number[]];
    for (let i = 0; i < 7; i++) {
      bare.push(await took(() => spawnSync(process.execPath, ['-e', '0'])));
      help.push(await took(() => redrill(['--help'])));
    }
    // Twice as long as nothing at all on an idle machine; with the engine's client, or the schema, it is six times.
    expect(Math.min(...help) / Math.min(...bare)).toBeLessThan(4);
  });
});

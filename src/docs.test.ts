/** The docs stay true: their examples load and compile, their commands exist, their links lead somewhere, their tables are current. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { codes } from './core/errors.js';
import { stageNames } from './report/types.js';
import { describeFaults, describeObjectives, describeProcedures } from './scenarios/describe-registry.js';
import { loadScenarios } from './scenarios/load.js';
import { InvalidScenario } from './scenarios/problems.js';
import { scenarioFields } from './scenarios/schema.js';
import { events } from './scenarios/when.js';
import { phaseNames } from './timeline/types.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

interface Block {
  page: string;
  line: number;
  /** First word behind the fence, and what follows it. */
  language: string;
  note: string;
  text: string;
}

const blocks: Block[] = pages.flatMap((page) => {
  const text = textOf(page);
  return [...text.matchAll(/^```(\w+)[ ]?([^\n]*)\n([\s\S]*?)^```$/gm)].map((m) => ({
    page,
    line: text.slice(0, m.index).split('\n').length,
    language: m[1]!,
    note: m[2]!,
    text: m[3]!,
  }));
});
const place = ({ page, line }: { page: string; line: number }): string => `${page}:${line}`;
const prose = (page: string): string =>
  textOf(page).replace(/^```[\s\S]*?^```$/gm, (block) => block.replace(/[^\n]/g, ''));

let written = 0;
const scratch = mkdtempSync(join(tmpdir(), 'redrill-docs-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('scenarios in the docs', () => {
  const yaml = blocks.filter(({ language, note }) => language === 'yaml' && note !== 'ci');
  const scripts = blocks.filter(({ language, text }) => language === 'ts' && text.includes('defineScenario('));

  it('are found', () => {
    expect(yaml.length).toBeGreaterThan(8);
    expect(scripts.length).toBeGreaterThan(0);
  });

  it.each(yaml.map((block) => [place(block), block] as const))('%s loads', async (_, { page, text }) => {
    expect(await problemsOf(page, 'yaml', isWhole(text) ? text : completed(text))).toEqual([]);
  });

  it.each(scripts.map((block) => [place(block), block] as const))('%s loads', async (_, { page, text }) => {
    expect(await problemsOf(page, 'ts', text)).toEqual([]);
  });

  it('that have a mistake are noticed', async () => {
    expect(await problemsOf('docs/x.md', 'yaml', completed('topology: { shard: 3 }\n'))).toHaveLength(1);
  });

  const isWhole = (text: string): boolean => 'name' in (parse(text) as object);

  /** A part of a scenario is shown without the rest: it gets what it lacks. */
  function completed(text: string): string {
    const given = parse(text) as Record<string, unknown>;
    const rest = {
      name: 'example',
      topology: { config: { 'cluster-node-timeout': 2000 } },
      timeline: [{ at: '3s', fault: 'kill', target: 'primary of shard 1' }],
      objectives: { recovery_time: '< 60s' },
    };
    return Object.entries(rest)
      .filter(([key]) => !(key in given))
      .reduce((whole, [key, value]) => `${key}: ${JSON.stringify(value)}\n${whole}`, text);
  }

  /** Loaded from a folder beside `scenarios`, so that `extends: ../scenarios/…` finds what it names. */
  async function problemsOf(page: string, extension: string, text: string): Promise<string[]> {
    const folder = join(scratch, dirname(page));
    mkdirSync(folder, { recursive: true });
    // What a scenario of the page uses stands beside it.
    for (const { note, text: code } of blocks)
      if (note.startsWith('drills/')) writeFileSync(join(folder, basename(note)), code);
    const file = join(folder, `example-${++written}.${extension}`);
    writeFileSync(file, text.replaceAll('../scenarios/', `${relative(folder, join(root, 'scenarios'))}/`));
    try {
      return (await loadScenarios(file)).length > 0 ? [] : ['no scenario'];
    } catch (error) {
      if (error instanceof InvalidScenario) return error.problems.map(({ message }) => message);
      throw error;
    }
  }
});

describe('code in the docs', () => {
  const files = blocks.filter(({ language, note }) => language === 'ts' && note.startsWith('drills/'));
  const uses = blocks.filter(
    ({ language, note, text }) => language === 'ts' && note === '' && text.includes("from 'redrill'"),
  );
  // Below the repository, so that packages are found; `rootDirs` lays it over the sources.
  const home = join(root, 'node_modules', '.cache', `redrill-docs-${process.pid}`);
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('compiles', () => {
    expect(files.length).toBeGreaterThan(2);
    const written = [
      ...files.map(({ note, text }) => [note, text]),
      ...uses.map(({ text }, i) => [`use-${i}.ts`, text]),
      // A compiler that looked at nothing would find nothing: one mistake must be seen.
      ['mistake.ts', "export const number: number = 'text';"],
    ];
    for (const [path, text] of written as [string, string][]) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    }
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        rootDirs: [join(root, 'src'), join(home, 'src')],
        typeRoots: [join(root, 'node_modules', '@types')],
        paths: { redrill: [join(root, 'src', 'index.ts')] },
      },
      include: [home],
      // Named by a dot or below node_modules: left out unless it is said that nothing is.
      exclude: [],
    };
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', home], { encoding: 'utf8' });
    const errors = `${stdout}${stderr}`.split('\n').filter((line) => /redrill-docs-|^error/.test(line));
    expect(errors).toEqual([expect.stringContaining('mistake.ts')]);
  }, 300_000);

  it('that is CI configuration is YAML', () => {
    for (const { text } of blocks.filter(({ language, note }) => language === 'yaml' && note === 'ci'))
      expect(typeof parse(text)).toBe('object');
  });
});

describe('commands in the docs', () => {
  const wordsOf = (text: string): string[] =>
    [...text.split(/ [|>#] /)[0]!.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3]!);

  interface Call {
    page: string;
    line: number;
    words: string[];
  }

  /** `redrill …` and `node dist/cli/main.js …` in shell blocks, as whole command lines. */
  const lines: Call[] = blocks
    .filter(({ language }) => ['sh', 'console', 'yaml'].includes(language))
    .flatMap(({ page, line, language, text }) =>
      text.split('\n').flatMap((content, i) => {
        const shell = language === 'console' ? /^\$ (.*)$/.exec(content)?.[1] : content;
        const call = /(?:^|\s)(?:npx redrill|redrill|node dist\/cli\/main\.js)((?: .*)?)$/.exec(shell?.trim() ?? '');
        return call && !content.trim().startsWith('#') ? [{ page, line: line + i + 1, words: wordsOf(call[1]!) }] : [];
      }),
    );

  /** In running text: `redrill run`, `redrill list --tag`. Arguments may be left out there. */
  const mentions: Call[] = pages.flatMap((page) =>
    [...prose(page).matchAll(/`(?:npx )?redrill( [^`]+)`/g)].map((m) => ({
      page,
      line: prose(page).slice(0, m.index).split('\n').length,
      words: wordsOf(m[1]!),
    })),
  );

  /** The command line itself, from its own files, with nothing behind the commands. */
  async function commandLine(): Promise<Command> {
    const program = new Command('redrill').exitOverride().configureOutput({ writeErr: () => undefined });
    program.version('0').option('--no-color');
    const folder = join(root, 'src', 'cli', 'commands');
    for (const file of readdirSync(folder)) {
      const name = file.replace(/\.ts$/, '');
      const { [name]: add } = (await import(join(folder, file))) as Record<string, (program: Command) => Command>;
      add!(program)
        .exitOverride()
        .configureOutput({ writeErr: () => undefined })
        .action(() => undefined);
    }
    return program;
  }

  it('are found', () => {
    expect(lines.length).toBeGreaterThan(15);
    expect(mentions.length).toBeGreaterThan(10);
  });

  it('are accepted by the command line', async () => {
    for (const call of lines)
      await expect(
        (await commandLine()).parseAsync(call.words, { from: 'user' }),
        `${place(call)}: ${call.words.join(' ')}`,
      ).resolves.toBeDefined();
    await expect((await commandLine()).parseAsync(['run', '--fast', 'x.yaml'], { from: 'user' })).rejects.toThrow(
      /unknown option/,
    );
  });

  it('that are only mentioned exist, and so do their options', async () => {
    const program = await commandLine();
    for (const { page, line, words } of mentions) {
      const command = program.commands.find((c) => c.name() === words[0]);
      expect(command?.name(), `${page}:${line}: redrill ${words.join(' ')}`).toBe(words[0]);
      const known = [...command!.options, ...program.options].flatMap(({ short, long }) => [short, long]);
      for (const word of words.slice(1).filter((w) => w.startsWith('-')))
        expect(known, `${page}:${line}`).toContain(word);
    }
  });

  it('of npm are scripts of the package', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const named = pages.flatMap((page) => [...textOf(page).matchAll(/npm run ([\w:-]+)/g)].map((m) => m[1]!));
    expect(named.length).toBeGreaterThan(5);
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
  });

  it('name files that are there', () => {
    const files = blocks
      .filter(({ language }) => ['sh', 'yaml'].includes(language))
      .flatMap(({ text }) =>
        [...text.matchAll(/(?<![\w./])(?:scenarios|src|docker)\/[\w./-]+\.\w+/g)].map((m) => m[0]),
      );
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe('links in the docs', () => {
  const slug = (title: string): string =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
  const anchors = (page: string): string[] => [...prose(page).matchAll(/^#+ (.*)$/gm)].map((m) => slug(m[1]!));

  it.each(pages)('%s leads to pages and headings that are there', (page) => {
    const broken = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map((m) => m[1]!)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : relative(root, resolve(root, dirname(page), path));
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && !anchors(file).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  it('lead from the scenarios page to the whole catalogue', () => {
    const files = readdirSync(join(root, 'scenarios'));
    expect(files.filter((file) => !textOf('docs/scenarios.md').includes(`](../scenarios/${file})`))).toEqual([]);
  });

  it('lead from the README to every page', () => {
    const hidden = pages.filter((page) => page !== 'README.md' && !textOf('README.md').includes(`](${page}`));
    expect(hidden).toEqual([]);
  });
});

describe('what is registered', () => {
  const registries = [
    ['docs/faults.md', 'faults', describeFaults()],
    ['docs/procedures.md', 'procedures', describeProcedures()],
    ['docs/objectives.md', 'objectives', describeObjectives()],
  ] as const;

  const generated = pages.flatMap((page) =>
    [...textOf(page).matchAll(/<!-- generated: redrill (.*?) -->\n([\s\S]*?)\n?<!-- end -->/g)].map(
      ([, words, text]) => [page, words!, text!] as const,
    ),
  );

  it('is in the docs by generation', () => {
    expect(generated.map(([, words]) => words)).toEqual(
      expect.arrayContaining([...registries.map(([, command]) => `${command} --markdown`), 'list --markdown']),
    );
  });

  it.each(generated)('%s holds what `redrill %s` prints (npm run generate)', async (_, words, text) => {
    expect(text).toBe(await printed(words.split(' ')));
  });

  it.each(registries)('%s names all %s', (page, _, items) => {
    for (const { name } of items) expect(textOf(page)).toContain(`\`${name}\``);
  });

  it.each([
    ['events', Object.keys(events), 'docs/scenarios.md'],
    ['top-level keys', Object.keys(scenarioFields), 'docs/scenarios.md'],
    ['phases', phaseNames, 'docs/measuring.md'],
    ['fixed JUnit cases', stageNames, 'docs/reports.md'],
  ] as const)('%s are all explained', (_, names, page) => {
    for (const name of names) expect(textOf(page)).toContain(`\`${name}\``);
  });

  it.each(['README.md', 'docs/ci.md'])('%s has every exit code', (page) => {
    for (const code of new Set([0, 1, ...Object.values(codes), 143]))
      expect(textOf(page)).toMatch(new RegExp(`^\\| [^|]*\\b${code}\\b[^|]* \\|`, 'm'));
  });

  it.each(describeFaults().map(({ name, example }) => [name, example!] as const))(
    'the example of %s loads',
    async (_, example) => {
      const file = join(scratch, `${example.name}.yaml`);
      writeFileSync(file, stringify({ ...example, objectives: { nodes_agree: true } }));
      await expect(loadScenarios(file)).resolves.toHaveLength(1);
    },
  );

  async function printed([command, ...words]: string[]): Promise<string> {
    const { [command!]: add } = (await import(join(root, 'src', 'cli', 'commands', `${command}.ts`))) as Record<
      string,
      (program: Command) => Command
    >;
    const write = process.stdout.write;
    let said = '';
    process.stdout.write = ((chunk: string) => {
      said += chunk;
      return true;
    }) as typeof write;
    try {
      const program = new Command();
      add!(program);
      await program.parseAsync([command!, ...words], { from: 'user' });
    } finally {
      process.stdout.write = write;
    }
    return said.trimEnd();
  }
});

/** Imports run one way (docs/design: the rooms). What reads recorded data never touches a container. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = dirname(fileURLToPath(import.meta.url));

/** Commands and benchmarks may use every room. */
const belowCli = [
  'scenarios',
  'faults',
  'recovery',
  'detection',
  'workload',
  'assertions',
  'timeline',
  'report',
  'topology',
  'fleet',
];

/** What each room may import, besides itself and core. */
const allowed: Record<string, readonly string[]> = {
  core: [],
  fleet: [],
  topology: ['fleet'],
  faults: ['topology', 'fleet'],
  recovery: ['topology', 'fleet'],
  detection: ['topology', 'fleet'],
  // Probes and load talk to servers through the topology; what they record is plain data.
  workload: ['topology', 'fleet'],
  timeline: ['workload'],
  assertions: ['timeline', 'workload'],
  report: ['assertions', 'timeline', 'workload'],
  scenarios: ['faults', 'recovery', 'detection', 'workload', 'assertions', 'timeline', 'report', 'topology', 'fleet'],
  bench: belowCli,
  cli: belowCli,
};

/** The types of what a drill leaves behind: anybody may name them, nobody gets code with them. */
const contract = ['recording.js', 'deeds.js'].map((file) => join('workload', file));
/** What works on recorded data. These may import from workload only what has no container behind it. */
const offline = ['timeline', 'assertions', 'report'];

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

const pattern =
  /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'";]*?from\s+'(\.[^']+)'|import\(\s*'(\.[^']+)'\s*\)|(?:^|\n)import\s+'(\.[^']+)'/g;

function importsOf(file: string, text = readFileSync(file, 'utf8')): Import[] {
  return [...text.matchAll(pattern)].map(([, type, from, dynamic, bare]) => ({
    from: relative(src, file),
    to: relative(src, join(dirname(file), (from ?? dynamic ?? bare)!)),
    typeOnly: type !== undefined,
  }));
}

function sources(folder = src): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'testing' ? [] : sources(path);
    return /\.tsx?$/.test(path) && !/\.(d|test|docker\.test)\.tsx?$/.test(path) ? [path] : [];
  });
}

const room = (path: string): string => path.split(sep)[0]!;

function wrong({ from, to, typeOnly }: Import): boolean {
  const [mine, theirs] = [room(from), room(to)];
  if (mine === theirs || theirs === 'core' || !from.includes(sep)) return false;
  if (contract.includes(to) && typeOnly) return false;
  return !(allowed[mine] ?? []).includes(theirs);
}

const files = sources();
const imports = files.flatMap((file) => importsOf(file));

describe('imports between rooms', () => {
  it('finds the sources and reads their imports', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(100);
    expect(
      importsOf(
        join(src, 'topology', 'x.ts'),
        "import type { A } from '../workload/recording.js';\nexport {\n b } from '../cli/x.js';\nawait import('../report/y.js');",
      ).map(({ to, typeOnly }) => [to, typeOnly]),
    ).toEqual([
      [join('workload', 'recording.js'), true],
      [join('cli', 'x.js'), false],
      [join('report', 'y.js'), false],
    ]);
  });

  it('notices an import against the direction, also of types', () => {
    expect(wrong({ from: join('topology', 'x.ts'), to: join('faults', 'types.js'), typeOnly: true })).toBe(true);
    for (const to of contract) {
      expect(wrong({ from: join('topology', 'x.ts'), to, typeOnly: false })).toBe(true);
      expect(wrong({ from: join('topology', 'x.ts'), to, typeOnly: true })).toBe(false);
    }
    expect(wrong({ from: join('report', 'x.ts'), to: join('fleet', 'types.js'), typeOnly: true })).toBe(true);
  });

  it('knows every room', () => {
    const rooms = new Set(
      files
        .map((file) => relative(src, file))
        .filter((path) => path.includes(sep))
        .map(room),
    );
    expect([...rooms].filter((name) => !(name in allowed))).toEqual([]);
  });

  it('run one way', () => {
    expect(imports.filter(wrong).map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('lead from recorded data to no container, however long the way', () => {
    const graph = new Map<string, string[]>();
    for (const { from, to, typeOnly } of imports)
      if (!typeOnly) graph.set(from, [...(graph.get(from) ?? []), to.replace(/\.js$/, '.ts')]);
    const reached = new Map<string, string>();
    const queue = [...graph.keys()].filter((file) => offline.includes(room(file)));
    for (const file of queue) reached.set(file, file);
    for (let file = queue.pop(); file !== undefined; file = queue.pop())
      for (const next of graph.get(file) ?? [])
        if (!reached.has(next)) {
          reached.set(next, `${reached.get(file)} → ${next}`);
          queue.push(next);
        }
    expect([...reached].filter(([file]) => ['fleet', 'topology'].includes(room(file))).map(([, way]) => way)).toEqual(
      [],
    );
  });
});

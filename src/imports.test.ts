/** Imports run one way (docs/architecture.md), types included, and in no circle. What reads recorded data or scenario files reaches no container and no socket. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = dirname(fileURLToPath(import.meta.url));

const ground = ['recording', 'deployment'];
const offline = ['timeline', 'assertions', 'report'];
const hands = ['topology', 'fleet', 'server'];

/** What each room may import, besides itself and core. Commands and benchmarks may use every room. */
const allowed: Record<string, readonly string[]> = {
  core: [],
  deployment: [],
  recording: ['deployment'],
  fleet: [],
  server: ['deployment'],
  topology: ['fleet', 'server', ...ground],
  faults: [...hands, ...ground],
  recovery: [...hands, ...ground],
  workload: ['server', ...ground],
  timeline: ground,
  assertions: ['timeline', ...ground],
  report: ['assertions', 'timeline', ...ground],
  scenarios: ['faults', 'recovery', 'assertions', 'timeline', ...hands, ...ground],
  drill: ['scenarios', 'faults', 'recovery', 'workload', ...offline, ...hands, ...ground],
};
const anywhere = ['cli', 'bench'];

/** What opens sockets or begins processes. */
const outside = /^(node:(net|tls|http|https|dgram|child_process)|dockerode|ioredis|testcontainers(\/.*)?)$/;

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

const pattern =
  /(?:^|\n)\s*(?:import|export)\s+(type\s)?([^'";]*?)\s*from\s+'([^']+)'|import\(\s*'(\.[^']+)'\s*\)|(?:^|\n)import\s+'(\.[^']+)'/g;

/** `import { type A, type B }` brings no code either. */
const onlyTypes = (names: string | undefined): boolean =>
  names?.startsWith('{') === true &&
  names
    .replace(/[{}]/g, '')
    .split(',')
    .every((name) => name.trim() === '' || name.trim().startsWith('type '));

/** Packages keep their names; files are told by their path under src, with the ending of the source. */
function importsOf(file: string, text = readFileSync(file, 'utf8')): Import[] {
  return [...text.matchAll(pattern)].map(([, type, names, from, dynamic, bare]) => {
    const to = (from ?? dynamic ?? bare)!;
    return {
      from: relative(src, file),
      to: to.startsWith('.') ? sourceOf(relative(src, join(dirname(file), to))) : to,
      typeOnly: type !== undefined || onlyTypes(names),
    };
  });
}

const sourceOf = (path: string): string => {
  const stem = path.replace(/\.js$/, '');
  return paths.has(`${stem}.tsx`) ? `${stem}.tsx` : `${stem}.ts`;
};

function sources(folder = src): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'testing' ? [] : sources(path);
    return /\.tsx?$/.test(path) && !/\.(d|test|docker\.test)\.tsx?$/.test(path) ? [path] : [];
  });
}

const room = (path: string): string => path.split(sep)[0]!;
const isFile = (to: string): boolean => paths.has(to);

function wrong({ from, to }: Import): boolean {
  const [mine, theirs] = [room(from), room(to)];
  if (!from.includes(sep) || mine === theirs || theirs === 'core' || anywhere.includes(mine)) return false;
  return !(allowed[mine] ?? []).includes(theirs);
}

/** Files that import each other, in a round. Types count: who has to be read to understand whom. */
function circles(all: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of all) next.set(from, [...(next.get(from) ?? []), to]);
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push([...way.slice(way.indexOf(file)), file].join(' → '));
      return;
    }
    state.set(file, 'open');
    for (const to of next.get(file) ?? []) visit(to, [...way, file]);
    state.set(file, 'done');
  };
  for (const file of next.keys()) visit(file, []);
  return found;
}

/** All that is run when one of these rooms is imported, each with the way to it. */
function reachedFrom(rooms: readonly string[]): Map<string, string> {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports) if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  const reached = new Map<string, string>();
  const queue = [...paths].filter((file) => rooms.includes(room(file)));
  for (const file of queue) reached.set(file, file);
  for (let file = queue.pop(); file !== undefined; file = queue.pop())
    for (const to of next.get(file) ?? [])
      if (!reached.has(to)) {
        reached.set(to, `${reached.get(file)} → ${to}`);
        queue.push(to);
      }
  return reached;
}

const files = sources();
const paths = new Set(files.map((file) => relative(src, file)));
const imports = files.flatMap((file) => importsOf(file));
const inside = imports.filter(({ to }) => isFile(to));

const at = (...parts: string[]): string => join(...parts);
/** In the folder of a kind of fleet. */
const isKind = (path: string): boolean => room(path) === 'fleet' && path.split(sep).length > 2;
const engines = /^(dockerode|testcontainers)(\/|$)/;

describe('imports between rooms', () => {
  it('finds the sources and reads their imports', () => {
    expect(files.length).toBeGreaterThan(300);
    expect(inside.length).toBeGreaterThan(1000);
    expect(
      importsOf(
        join(src, 'topology', 'x.ts'),
        "import type { A } from '../recording/recording.js';\nexport {\n b } from '../cli/main.js';\nimport { type C, type D } from './types.js';\nawait import('../report/index.js');\nimport { connect } from 'node:net';",
      ).map(({ to, typeOnly }) => [to, typeOnly]),
    ).toEqual([
      [at('recording', 'recording.ts'), true],
      [at('cli', 'main.ts'), false],
      [at('topology', 'types.ts'), true],
      [at('report', 'index.ts'), false],
      ['node:net', false],
    ]);
  });

  it('notices an import against the direction, also of types', () => {
    const types = (from: string, to: string): boolean => wrong({ from, to, typeOnly: true });
    expect(types(at('topology', 'x.ts'), at('faults', 'types.ts'))).toBe(true);
    expect(types(at('deployment', 'x.ts'), at('recording', 'recording.ts'))).toBe(true);
    expect(types(at('server', 'x.ts'), at('topology', 'types.ts'))).toBe(true);
    expect(types(at('report', 'x.ts'), at('fleet', 'types.ts'))).toBe(true);
    expect(types(at('topology', 'x.ts'), at('recording', 'recording.ts'))).toBe(false);
  });

  it('notices a circle', () => {
    const one = (from: string, to: string): Import => ({ from, to, typeOnly: true });
    expect(circles([one('a', 'b'), one('b', 'c'), one('c', 'a'), one('d', 'a')])).toEqual(['a → b → c → a']);
    expect(circles([one('a', 'b'), one('a', 'c'), one('b', 'c')])).toEqual([]);
  });

  it('knows every room, and no other', () => {
    const rooms = new Set([...paths].filter((path) => path.includes(sep)).map(room));
    expect([...rooms].sort()).toEqual([...Object.keys(allowed), ...anywhere].sort());
  });

  it('run one way', () => {
    expect(inside.filter(wrong).map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('run in no circle', () => {
    expect(circles(inside)).toEqual([]);
  });

  it('lead from recorded data to no container and no socket, however long the way', () => {
    const far = [...reachedFrom([...offline, ...ground])];
    expect(far.filter(([to]) => hands.includes(room(to)) || outside.test(to)).map(([, way]) => way)).toEqual([]);
  });

  it('lead from scenario files to no container and no socket: loading, validating and planning start nothing', () => {
    const far = [...reachedFrom(['scenarios'])];
    expect(far.length).toBeGreaterThan(200);
    expect(far.filter(([to]) => isKind(to) || outside.test(to)).map(([, way]) => way)).toEqual([]);
  });

  it('lead to an engine only through the one place where the fleet is chosen', () => {
    const past = inside.filter(({ from, to }) => isKind(to) && !isKind(from) && from !== at('fleet', 'index.ts'));
    expect(past.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
    const straight = imports.filter(({ from, to }) => engines.test(to) && !isKind(from) && room(from) !== 'bench');
    expect(straight.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });
});

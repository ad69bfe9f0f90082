/** No code knows a fault, a procedure or an objective by its name, outside its own file: what others must know of one is a trait that it declares. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { objectives } from './assertions/index.js';
import { faults } from './faults/index.js';
import { procedures } from './recovery/index.js';

const src = dirname(fileURLToPath(import.meta.url));

interface Registry {
  room: string;
  names: string[];
}
const registries: Registry[] = [
  { room: 'assertions', names: Object.keys(objectives) },
  { room: 'faults', names: Object.keys(faults) },
  { room: 'recovery', names: Object.keys(procedures) },
];

/** Names that stand in a file as something else, or are shown and not acted upon. */
const allowed: { file: string; name?: string; why: string }[] = [
  { file: 'scenarios/handbook.ts', why: "a table of the docs: the handbook's classes, and the faults that show them" },
  { file: 'scenarios/zones.ts', name: 'split', why: 'an advice to people, in a message' },
  { file: 'scenarios/zones.ts', name: 'loss', why: "a key of a link's impairments" },
  { file: 'report/rejudge.ts', name: 'recovery_time', why: 'an example, in a hint' },
  { file: 'cli/commands/judge.ts', name: 'recovery_time', why: 'an example, in a help text' },
  { file: 'report/html/score.tsx', name: 'latency', why: 'a place on the page' },
  { file: 'timeline/ledger.ts', name: 'values_missing', why: 'an advice to people, in a reason' },
  { file: 'timeline/ledger.ts', name: 'data_intact', why: 'an advice to people, in a reason' },
];

/** Rooms where a name of one word is an ability, an intent or a parameter as well. */
const ofHands = ['faults', 'recovery', 'fleet', 'topology', 'server', 'deployment'];
/** A word of too many lists: a load, an impact, a persistence. */
const everywhere = ['none'];

function sources(folder = src): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['testing', 'bench'].includes(entry.name) ? [] : sources(path);
    return /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path) ? [path] : [];
  });
}

/** Line breaks stay, so that a line can be told. */
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, '')).replace(/^\s*\/\/.*$/gm, '');

const isOwn = ({ room }: Registry, name: string, file: string, text: string): boolean =>
  file.startsWith(`${room}/`) &&
  (basename(file) === 'index.ts' ||
    file.split('/').some((part) => part.replace(/\.ts$/, '') === name) ||
    new RegExp(`export const ${name}\\b`).test(text));

/** Where the name stands for itself: quoted or, as nothing else is written with a low line, anywhere. */
function linesWith(name: string, text: string): number[] {
  const pattern = name.includes('_') ? new RegExp(`\\b${name}\\b`) : new RegExp(`(['"\`])${name}\\1`);
  return text.split('\n').flatMap((line, i) => (pattern.test(line) ? [i + 1] : []));
}

function knownIn(file: string, source: string): string[] {
  const text = withoutComments(source);
  return registries.flatMap((registry) =>
    registry.names.flatMap((name) => {
      if (!text.includes(name)) return [];
      const isWord = !/[-_]/.test(name);
      const room = file.split('/')[0] ?? '';
      if (everywhere.includes(name) || (isWord && ofHands.includes(room)) || isOwn(registry, name, file, text))
        return [];
      // What a fleet can do has names of its own, some of them those of faults.
      if (room === 'fleet') return [];
      if (allowed.some((one) => one.file === file && (one.name ?? name) === name)) return [];
      return linesWith(name, text).map((line) => `${file}:${line} knows ${name}`);
    }),
  );
}

it('finds a name where it should not be, and leaves alone what is only called so', () => {
  const told = (file: string, text: string): string[] => knownIn(file, text);
  expect(told('drill/x.ts', "if (name === 'recovery_time') wait();")).toEqual(['drill/x.ts:1 knows recovery_time']);
  expect(told('report/x.ts', 'const said = {\n  lost_acknowledged_writes: 1 };')).toHaveLength(1);
  expect(told('timeline/x.ts', "type === 'segfault'")).toEqual(['timeline/x.ts:1 knows segfault']);
  expect(told('scenarios/x.ts', "entry.type === 'restart-node'")).toHaveLength(1);
  expect(told('faults/node/x.ts', "ctx.type === 'lose-host'")).toHaveLength(1);
  expect(told('timeline/x.ts', "/** As 'segfault' does. */\n// and 'kill'\nconst a = 1;")).toEqual([]);
  expect(told('fleet/x.ts', "can.has('skew-clock')")).toEqual([]);
  expect(told('recovery/restart-node.ts', "'restart-node'")).toEqual([]);
});

it('no code knows a fault, a procedure or an objective by its name', () => {
  const all = sources();
  expect(all.length).toBeGreaterThan(300);
  const found = all.flatMap((path) => knownIn(relative(src, path).replaceAll('\\', '/'), readFileSync(path, 'utf8')));
  expect(found).toEqual([]);
});

it('every exception is still one', () => {
  const unused = allowed.filter(({ file, name }) => {
    const text = withoutComments(readFileSync(join(src, file), 'utf8'));
    const names = name === undefined ? registries.flatMap((one) => one.names) : [name];
    return !names.some((one) => linesWith(one, text).length > 0);
  });
  expect(unused).toEqual([]);
});

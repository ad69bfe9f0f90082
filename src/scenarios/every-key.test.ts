/** Every key of a file is in the plan, or begins with x-, or is told as a problem: whatever is done to the file. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { isMap } from './merge.js';
import { InvalidScenario, type Path } from './problems.js';
import { load } from './testing/write.js';

const textOf = (file: string): string => readFileSync(`scenarios/${file}`, 'utf8');
const dataOf = (file: string): unknown => parse(textOf(file), { merge: true });
/** Each stands by itself: what it extends lies elsewhere. */
const files = readdirSync('scenarios').filter((file) => file.endsWith('.yaml') && !/^extends:/m.test(textOf(file)));

/** Every value with its place, maps and lists too. */
function places(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const items: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [
    path,
    ...items.filter(([key]) => !String(key).startsWith('x-')).flatMap(([key, item]) => places(item, [...path, key])),
  ];
}

function changed(value: unknown, [key, ...rest]: Path, change: (value: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  if (Array.isArray(value)) return value.map((item, i) => (i === key ? changed(item, rest, change) : item));
  return Object.fromEntries(
    Object.entries(value as object).map(([k, item]) => [k, k === key ? changed(item, rest, change) : item]),
  );
}

/** What is wrong with it, or undefined. Never anything else but an InvalidScenario, and never for long. */
async function problems(data: unknown): Promise<string[] | undefined> {
  const text = stringify(data, { aliasDuplicateObjects: false });
  const before = performance.now();
  const found = await load(text).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(performance.now() - before).toBeLessThan(10_000);
  if (found === undefined) return undefined;
  expect(found).toBeInstanceOf(InvalidScenario);
  const told = (found as InvalidScenario).problems;
  for (const { position, message } of told) {
    expect(message).not.toBe('');
    expect(message.length).toBeLessThan(4000);
    if (position) expect(position.line).toBeLessThanOrEqual(text.split('\n').length + 1);
  }
  return told.map(({ message }) => message);
}

/** Maps whose keys are the user's own: what is added there is meant. */
const open = (path: Path): boolean =>
  ['config', 'users', 'images', 'nodes'].includes(String(path.at(-1))) || path.at(-2) === 'configs';

const strange = fc.constantFrom<unknown>(
  null,
  '',
  -1,
  1e308,
  Number.POSITIVE_INFINITY,
  true,
  [],
  {},
  [[]],
  '${item}',
  '${nobody}',
  '9'.repeat(400),
  '/(a+)+$/',
  'a\nb',
  '\u0000',
  '\u202e',
  { constructor: 'x', toString: 1 },
  { repeat: 500, steps: [{ repeat: 500, steps: [{ wait: '1s' }] }] },
  Array.from({ length: 300 }, () => ({ at: '1s', run: 'PING', on: 'node-1' })),
);

describe('every key of a scenario file', () => {
  it.each(files)('of %s means something: nonsense in its place is told', async (file) => {
    const data = dataOf(file);
    const silent: Path[] = [];
    const picked = places(data).filter((path) => path.length > 0);
    // All of them would take minutes over the whole catalogue.
    const step = Math.max(1, Math.floor(picked.length / 5));
    for (let i = file.length % step; i < picked.length; i += step) {
      const poisoned = changed(data, picked[i]!, () => ({ 'zz-nonsense': { 'zz-more': 1 } }));
      if ((await problems(poisoned)) === undefined) silent.push(picked[i]!);
    }
    expect(silent).toEqual([]);
  });

  it('that is unknown is told wherever it stands, in loops and choices too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(),
        fc.constantFrom('none', 'repeat', 'each', 'steps', 'choose'),
        async (file, n, wrapping) => {
          const data = wrapped(dataOf(file), wrapping);
          const maps = places(data).filter((path) => isMap(valueAt(data, path)) && !open(path));
          const at = maps[n % maps.length]!;
          const more = changed(data, at, (map) => ({ ...(map as object), 'zz-unknown': 1 }));
          expect([(await problems(more))?.join('\n'), at.join('.')]).toEqual([
            expect.stringMatching(/zz-unknown/),
            at.join('.'),
          ]);
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);

  it('may hold anything: the file loads, or says what is wrong, in time and without a crash', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(fc.tuple(fc.nat(), strange), { minLength: 1, maxLength: 3 }),
        async (file, changes) => {
          let data = dataOf(file);
          for (const [n, value] of changes) {
            const all = places(data);
            data = changed(data, all[n % all.length]!, () => value);
          }
          await problems(data);
        },
      ),
      { numRuns: 80 },
    );
  }, 120_000);
});

const valueAt = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], data);

/** The last entry of the timeline, as what loops and choices rewrite. */
function wrapped(data: unknown, how: string): unknown {
  const { timeline } = data as { timeline?: Record<string, unknown>[] };
  const last = timeline?.at(-1);
  if (!last || how === 'none' || 'repeat' in last || 'each' in last) return data;
  const { at, when, id, ...step } = last;
  const trigger = {
    ...(at !== undefined && { at }),
    ...(when !== undefined && { when }),
    ...(id !== undefined && { id }),
  };
  const entry =
    how === 'repeat'
      ? { ...last, repeat: 2 }
      : how === 'each'
        ? { ...last, each: [1, 2] }
        : how === 'steps'
          ? { ...trigger, repeat: { times: 2, pause: '1s' }, steps: [step, { wait: '1s' }] }
          : { ...trigger, choose: [step, { steps: [step] }] };
  return { ...(data as object), timeline: [...timeline!.slice(0, -1), entry] };
}

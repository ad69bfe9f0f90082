/** Scenario files in TypeScript or JavaScript: their default export is one scenario or a list of them. */
import { basename, resolve } from 'node:path';
import { messageOf } from '../core/errors.js';
import { type Problem, showPath } from './problems.js';
import type { Source } from './source.js';

export const isScript = (file: string): boolean => /\.[cm]?[jt]s$/.test(file);

/** What the file exports. @throws Error that says in one line why it can't be loaded. */
export async function importScript(file: string): Promise<Record<string, unknown>> {
  // jiti takes a third of a second to load: only those who use it wait for it.
  const { createJiti } = await import('jiti');
  const redrill = await import('./toolbox.js');
  const zod = await import('zod');
  // The file may stand anywhere, with or without redrill installed beside it: the names are always this redrill, and its zod.
  const jiti = createJiti(import.meta.url, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { redrill, zod },
  });
  try {
    return (await jiti.import(resolve(file))) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`could not be loaded: ${inOneLine(messageOf(error))}`, { cause: error });
  }
}

/** The parser tells the place in a line of its own, " /drills/own.ts:4:2". */
function inOneLine(message: string): string {
  const [first = '', place = ''] = message.split('\n').map((line) => line.trim());
  const [, path, line] = /^(.+):(\d+):\d+$/.exec(place) ?? [];
  return path === undefined ? first : `${first} (${basename(path)}, line ${line})`;
}

const additions = 'is no scenario file: it has faults, procedures or objectives, which a scenario file names in "use"';

/** Is that all that is wrong with it: that it is what `use` names? */
export const isAddition = (file: string, problems: readonly Problem[]): boolean =>
  problems.length === 1 && problems[0]?.file === file && problems[0].message === additions;

export async function loadScript(file: string): Promise<Source[] | Problem[]> {
  const refused = (message: string): Problem[] => [{ file, path: '', message }];
  let exported: Record<string, unknown>;
  try {
    exported = await importScript(file);
  } catch (error) {
    return refused(messageOf(error));
  }
  const { default: scenarios, faults, procedures, objectives } = exported;
  if (scenarios === undefined && (faults ?? procedures ?? objectives) !== undefined) return refused(additions);
  const list = Array.isArray(scenarios) ? scenarios : [scenarios];
  if (list.length === 0) return refused('exports an empty list of scenarios');
  if (!list.every((item) => typeof item === 'object' && item !== null && Object.keys(item).length > 0))
    return refused('has no scenario: write `export default defineScenario({ … })`');
  return list.map((data, i) => source(file, data, list.length > 1 ? `[${i}]` : ''));
}

function source(file: string, data: unknown, prefix: string): Source {
  return {
    file,
    data,
    has: (path) =>
      path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], data) !==
      undefined,
    place: ({ path, message }) => ({ file, path: [prefix, showPath(path)].filter(Boolean).join('.'), message }),
  };
}

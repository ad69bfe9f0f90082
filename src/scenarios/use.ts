/**
 * Faults, procedures and objectives of a user's own: a file in TypeScript or JavaScript that exports some of
 * `faults`, `procedures` and `objectives`, each a map from the name that scenario files write.
 */
import { realpath } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf, RedrillError } from '../core/errors.js';
import type { Environment } from '../faults/types.js';
import { abilities } from '../fleet/abilities.js';
import { kebab } from './entries.js';
import type { Words } from './language.js';
import { faultRegistry, objectiveRegistry, own, procedureRegistry } from './registries.js';
import { importScript, isScript } from './script.js';

const kinds = ['faults', 'procedures', 'objectives'] as const;
type Kind = (typeof kinds)[number];

const registries: Record<Kind, Record<string, unknown>> = {
  faults: faultRegistry,
  procedures: procedureRegistry,
  objectives: objectiveRegistry,
};

const callable = z.custom<() => unknown>((value) => typeof value === 'function', 'expected a function');
const summary = z.string('expected a text').min(1);
const params = z.custom((value) => value instanceof z.ZodObject, 'expected an object schema: z.strictObject({ … })');

const needs = z.array(z.enum(Object.keys(abilities), 'expected abilities of the fleet')).optional();

/** What every entry needs to have, whoever wrote it without a compiler. */
const shapes: Record<Kind, z.ZodType> = {
  faults: z.looseObject({
    ...{ summary, params },
    impact: z.enum(['stops', 'cuts', 'none'], 'expected stops, cuts or none'),
    ...{ inject: callable, effect: callable, supports: callable.optional(), needs },
  }),
  procedures: z.looseObject({
    ...{ summary, params },
    ...{ steps: callable, verify: callable, refuses: callable.optional(), needs },
  }),
  objectives: z.looseObject({
    summary,
    unit: z.enum(['duration', 'count', 'percent', 'boolean'], 'expected duration, count, percent or boolean'),
    better: z.enum(['lower', 'higher'], 'expected lower or higher'),
    measure: callable,
  }),
};

const snake = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const called: Record<Kind, { pattern: RegExp; like: string }> = {
  faults: { pattern: kebab, like: 'lower case words joined by "-"' },
  procedures: { pattern: kebab, like: 'lower case words joined by "-"' },
  objectives: { pattern: snake, like: 'lower case words joined by "_"' },
};

export interface Addition extends Words {
  /** As it was named. */
  file: string;
}

/** By the file's real path: whoever uses it twice gets what there is already. */
const read = new Map<string, Promise<Addition>>();
/** Which file a name comes from: its real path, and how it was named. */
const origins = new Map<string, { path: string; file: string }>();
const always: Addition[] = [];

/** The file of a user's that a name comes from, as it was named. */
export const fileOf = (kind: Kind, name: string): string | undefined => origins.get(`${kind} ${name}`)?.file;

/** What the command line added: known to every scenario file of this process. */
export const everywhere = (): readonly Addition[] => always;

/** Adds the file to what every scenario file may say. @throws RedrillError USAGE */
export async function useEverywhere(file: string): Promise<void> {
  try {
    always.push(await additionFrom(file));
  } catch (error) {
    throw new RedrillError('USAGE', `--use ${file}: ${messageOf(error)}`, {
      hint: 'such a file exports `faults`, `procedures` or `objectives`; see docs/extending.md',
      cause: error,
    });
  }
}

/** Reads the file and registers what it exports. @throws Error that says in one line what is wrong with it. */
export async function additionFrom(file: string): Promise<Addition> {
  if (!isScript(file)) throw new Error('is neither TypeScript nor JavaScript');
  const path = await realpath(file).catch(() => {
    throw new Error('no such file');
  });
  const known = read.get(path) ?? register(path, file);
  read.set(path, known);
  return { ...(await known), file };
}

async function register(path: string, file: string): Promise<Addition> {
  const exported = await importScript(path);
  const entries = kinds.flatMap((kind) => entriesOf(exported[kind], kind));
  if (entries.length === 0) throw new Error('exports no `faults`, `procedures` or `objectives`');
  for (const { kind, name, entry } of entries) refuse(kind, name, entry, path);
  for (const { kind, name, entry } of entries) {
    registries[kind][name] = guarded[kind](entry as Asked);
    origins.set(`${kind} ${name}`, { path, file });
  }
  const named = (kind: Kind): string[] => entries.flatMap((one) => (one.kind === kind ? [one.name] : []));
  return { file, faults: named('faults'), procedures: named('procedures'), objectives: named('objectives') };
}

interface Asked {
  supports?(env: Environment): unknown;
  refuses?(...asked: unknown[]): unknown;
}

const refusal = z.object({ param: z.string(), why: z.string() }).optional();

/** Entries as they are registered: what is asked of them when a file is loaded ends in an answer, whatever their code does. */
const guarded: Record<Kind, (entry: Asked) => unknown> = {
  faults: (entry) => ({
    example: {},
    ...entry,
    ...(entry.supports && {
      supports: (env: Environment): true | string => {
        const answer = asked('supports', () => z.union([z.literal(true), z.string()]).parse(entry.supports?.(env)));
        if (!('why' in answer)) return answer.value;
        // Once the server is known a reason skips the drill: what is broken must not pass for one.
        if (env.server) throw new RedrillError('SCENARIO', answer.why);
        return answer.why;
      },
    }),
  }),
  procedures: (entry) => ({
    ...entry,
    ...(entry.refuses && {
      refuses: (...of: unknown[]) => {
        const answer = asked('refuses', () => refusal.parse(entry.refuses?.(...of)));
        return 'why' in answer ? { param: 'procedure', why: answer.why } : answer.value;
      },
    }),
  }),
  objectives: (entry) => entry,
};

function asked<T>(name: string, work: () => T): { value: T } | { why: string } {
  try {
    return { value: work() };
  } catch (error) {
    const why = error instanceof z.ZodError ? 'returned what it must not' : `broke: ${messageOf(error)}`;
    return { why: `its "${name}" ${why}` };
  }
}

function entriesOf(value: unknown, kind: Kind): { kind: Kind; name: string; entry: unknown }[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`its ${kind} are not a map from names: export const ${kind} = { … }`);
  return Object.entries(value).map(([name, entry]) => ({ kind, name, entry }));
}

function refuse(kind: Kind, name: string, entry: unknown, path: string): void {
  const one = kind.slice(0, -1);
  const { pattern, like } = called[kind];
  if (!pattern.test(name)) throw new Error(`"${name}" is no name for a ${one}: ${like} are expected`);
  if (own[kind].includes(name)) throw new Error(`there is a ${one} "${name}" already: it comes with redrill`);
  const other = origins.get(`${kind} ${name}`);
  if (other !== undefined && other.path !== path)
    throw new Error(`there is a ${one} "${name}" already, from ${other.path}`);
  const [issue] = shapes[kind].safeParse(entry).error?.issues ?? [];
  if (issue) throw new Error(`the ${one} "${name}" has a wrong "${issue.path.join('.')}": ${issue.message}`);
}

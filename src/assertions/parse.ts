/** Objectives as people write them: "< 8s", ">= 60%", "<= 50", "true". Refuses what would always or never be met. */
import { nearest } from '../core/nearest.js';
import { parseDuration, parsePercent } from '../core/units.js';
import type { ObjectiveSpec } from '../recording/recording.js';
import { objectiveOf, objectiveRegistry } from './registry.js';
import type { Objective, Unit } from './types.js';

export type Limit = Pick<ObjectiveSpec, 'name' | 'op' | 'limit' | 'text'>;

const examples: Record<Unit, [lower: string, higher: string]> = {
  duration: ['< 8s', '> 8s'],
  count: ['<= 50', '>= 50'],
  percent: ['< 1%', '>= 99.9%'],
  boolean: ['true', 'true'],
};
const example = ({ unit, better, traits }: Objective): string =>
  traits?.example ?? examples[unit][better === 'lower' ? 0 : 1];

/** @throws Error whose message says what to write instead; the caller knows, and shows, where it stands. */
export function parseObjective(name: string, text: string): Limit {
  const objective = objectiveOf(name);
  if (!objective) throw new Error(unknown(name));
  const problem = (message: string): Error => new Error(message);
  const [, sign, rest = ''] = /^\s*(<=|>=|==|=<|=>|=|<|>)?\s*(.*?)\s*$/s.exec(text) ?? [];
  if (sign === '=' || sign === '=<' || sign === '=>')
    throw problem(`"${sign}" is no comparison; write ${sign === '=' ? '"=="' : `"${[...sign].reverse().join('')}"`}`);
  if (rest === '') throw problem(`"${text.trim()}" has no limit; write for example "${example(objective)}"`);
  const limit = limitOf(rest, objective, problem);
  const op = operator(sign as ObjectiveSpec['op'] | undefined, objective, text.trim(), problem);
  refuseEmpty(op, limit, objective, text.trim(), problem);
  return { name, op, limit, text: text.trim() };
}

function unknown(name: string): string {
  const known = Object.keys(objectiveRegistry);
  const near = nearest(name, known);
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  return `unknown objective "${name}".${hint} Known are ${known.join(', ')}`;
}

type Problem = (message: string) => Error;

function limitOf(text: string, objective: Objective, problem: Problem): number {
  const { unit } = objective;
  if (unit === 'boolean') {
    if (text !== 'true')
      throw problem(
        text === 'false'
          ? 'only "true" can be an objective: a drill does not aim at failing'
          : `"${text}" is not a boolean; write true`,
      );
    return 1;
  }
  if (unit === 'count') {
    if (!/^\d+$/.test(text))
      throw problem(`"${text}" is not a whole number; write for example "${example(objective)}"`);
    if (!Number.isSafeInteger(Number(text))) throw problem(`"${text.slice(0, 20)}…" is more than can be counted`);
    return Number(text);
  }
  if (/^-/.test(text)) throw problem(`"${text}" is negative`);
  try {
    return unit === 'duration' ? parseDuration(text) : parsePercent(text);
  } catch (error) {
    const message = (error as Error).message;
    // The plain parser does not know how an objective is written.
    if (unit === 'percent' && /^\d+(\.\d+)?$/.test(text)) throw problem(`"${text}" has no unit; write ${text}%`);
    throw problem(message);
  }
}

function operator(
  sign: ObjectiveSpec['op'] | undefined,
  objective: Objective,
  text: string,
  problem: Problem,
): ObjectiveSpec['op'] {
  const { unit, better } = objective;
  if (unit === 'boolean') {
    if (sign !== undefined && sign !== '==') throw problem(`"${text}" compares a yes or no; write true`);
    return '==';
  }
  if (sign === undefined)
    throw problem(`"${text}" has no comparison; write "${better === 'lower' ? '<=' : '>='} ${text}"`);
  if (sign === '==') {
    if (unit === 'count') return sign;
    throw problem(
      `"${text}" asks for an exact ${unit}, which no measurement hits; write "${better === 'lower' ? '<=' : '>='} ${text.replace(/^==\s*/, '')}"`,
    );
  }
  const right = better === 'lower' ? '<' : '>';
  if (!sign.startsWith(right)) {
    const turned = text.replace(sign, sign.replace(/[<>]/, right));
    throw problem(`"${text}" would be met by a bad result: ${better} is better here; write "${turned}"`);
  }
  return sign;
}

/** A limit that every result meets proves nothing, one that no result meets is a slip. */
function refuseEmpty(
  op: ObjectiveSpec['op'],
  limit: number,
  { unit, better }: Objective,
  text: string,
  problem: Problem,
): void {
  if (unit === 'boolean') return;
  if (better === 'lower' && op === '<' && limit === 0)
    throw problem(
      `"${text}" can never be met; write "<= 0${unit === 'duration' ? 'ms' : unit === 'percent' ? '%' : ''}"`,
    );
  if (better === 'higher' && op === '>=' && limit === 0) throw problem(`"${text}" is always met, so it proves nothing`);
  if (unit !== 'percent' || limit < 1) return;
  if (better === 'higher' && op === '>') throw problem(`"${text}" can never be met; write ">= 100%"`);
  if (better === 'lower' && op === '<=') throw problem(`"${text}" is always met, so it proves nothing`);
}

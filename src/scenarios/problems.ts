/** What is wrong with a scenario file: collected all at once, each with its place, in words that say what would be right. */

import { styleText } from 'node:util';
import { z } from 'zod';
import { type Position, RedrillError } from '../core/errors.js';
import { didYouMean } from '../core/nearest.js';
import { isMap, wordOf } from './merge.js';

export type Path = readonly (string | number)[];

/** A problem in the data, before anybody knows where in which file it stands. */
export interface Complaint {
  path: Path;
  message: string;
  /** The key itself is wrong, not its value. */
  atKey?: boolean;
}

export interface Problem {
  file: string;
  /** Missing for a file as a whole and for scenarios in TypeScript. */
  position?: Position;
  path: string;
  message: string;
  /** The source line, and which part of it is meant. */
  source?: { text: string; from: number; to: number };
}

const SHOWN = 20;
const WIDTH = 120;

/** Invalid scenario files: nothing was started. The message is the first problem; `text` shows all of them. */
export class InvalidScenario extends RedrillError {
  constructor(readonly problems: readonly Problem[]) {
    const [first] = problems;
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    super('SCENARIO', `${first?.message ?? 'invalid scenario'}${more}`, { position: first?.position });
  }

  show(color = false): string {
    const shown = this.problems.slice(0, SHOWN).map((problem) => showProblem(problem, color));
    const hidden = this.problems.length - shown.length;
    return [...shown, ...(hidden > 0 ? [`… and ${hidden} more problems`] : [])].join('\n');
  }
}

function showProblem({ file, position, path, message, source }: Problem, color: boolean): string {
  const paint = (style: 'bold' | 'red' | 'dim', words: string): string =>
    color ? styleText(style, words, { validateStream: false }) : words;
  const where = position ? `${file}:${position.line}:${position.column}` : path ? `${file}: ${path}` : file;
  const head = `${paint('bold', where)}  ${message}`;
  if (!source || !position) return head;
  // A long line is cut around the place that is meant.
  const start = Math.max(0, Math.min(source.from - 40, source.text.length - WIDTH));
  const line = printable(withoutPasswords(path, source).slice(start, start + WIDTH));
  const gutter = String(position.line).padStart(5);
  const carets = '^'.repeat(Math.max(1, Math.min(source.to, start + WIDTH) - source.from));
  return `${head}\n${paint('dim', `${gutter} | `)}${line}\n${paint('dim', '      | ')}${' '.repeat(source.from - start)}${paint('red', carets)}`;
}

/** Text from a file must not steer the terminal: control characters and changes of writing direction are shown as dots. */
const printable = (text: string): string => text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '·');

/**
 * The line that is wrong may hold a password, and nobody knows yet what it will be once it is right: what follows a word
 * that asks for one is hidden, letter by letter, so that the carets stay below what they mean.
 */
function withoutPasswords(path: string, { text, from, to }: NonNullable<Problem['source']>): string {
  const stars = (_: string, before: string, secret: string): string => before + '*'.repeat(secret.length);
  const meant = text.slice(from, to);
  const inUsers = /\b(users|password)\b/.test(path) ? meant.replace(/[^\s:{}[\]"',]/g, '*') : meant;
  const line = (text.slice(0, from) + inUsers + text.slice(to)).replace(asked, stars).replace(login, stars);
  return /SETUSER/i.test(line) ? line.replace(/(\s["']?[><#])([^\s"']+)/g, stars) : line;
}
const value = String.raw`("[^"]*"?|'[^']*'?|[^\s,}\]"']+)`;
const names = String.raw`password["']?\s*:|(?:requirepass|masterauth|primaryauth|auth-pass|sentinel-pass)["']?\s*:?`;
const asked = new RegExp(String.raw`((?:${names})\s+)${value}`, 'gi');
const login = new RegExp(String.raw`(\bAUTH2?\s+(?:[^\s"'>]+\s+(?=\S))?)${value}`, 'gi');

/** How a value is called in a message: `the text "abc"`. */
function called(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? `the text ${quoted(value)}` : String(value);
}

const quoted = (text: string): string => JSON.stringify(printable(text.length > 60 ? `${text.slice(0, 60)}…` : text));

const expectations: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
};

const known = (words: readonly unknown[]): string => words.map(String).join(', ');

/** The nearest known word, or all of them where none is near. */
const suggest = (word: string, words: readonly string[]): string =>
  didYouMean(word, words) || (words.length > 0 ? ` Known: ${known(words)}` : '');

/** Words for everything the schema itself has no better words for. Given to zod with each parse. */
export const wording: z.core.$ZodErrorMap = (issue) => {
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type':
      if (input === undefined) return `missing "${String(issue.path?.at(-1) ?? 'value')}"`;
      return `expected ${expectations[issue.expected] ?? issue.expected}, found ${isSecret(issue.path) ? 'something else' : called(input)}`;
    case 'invalid_value':
      if (input === undefined) return `missing "${String(issue.path?.at(-1) ?? 'value')}"`;
      return `${quoted(wordOf(input))} is none of ${known(issue.values)}.${didYouMean(wordOf(input), issue.values.map(String))}`;
    case 'unrecognized_keys': {
      const shape = (issue.inst?._zod.def as { shape?: Record<string, unknown> } | undefined)?.shape ?? {};
      return issue.keys.map((key) => unknownKey(key, issue.path ?? [], Object.keys(shape), input)).join('\n');
    }
    case 'invalid_union': {
      const { discriminator, options } = issue as unknown as { discriminator?: string; options?: string[] };
      if (discriminator === undefined)
        return input === undefined ? `missing "${String(issue.path?.at(-1))}"` : `unexpected ${called(input)}`;
      const word = (input as Record<string, unknown>)[discriminator];
      if (word === undefined) return `missing "${discriminator}": one of ${known(options ?? [])}`;
      return `unknown ${discriminator} ${quoted(wordOf(word))}.${suggest(wordOf(word), options ?? [])}`;
    }
    case 'too_small':
      return bound(issue.origin, issue.minimum, 'at least', input);
    case 'too_big':
      return bound(issue.origin, issue.maximum, 'at most', input);
    default:
      return undefined;
  }
};

/** Is all that is wrong that nobody knows this fault, procedure or objective? */
export const isUnknownName = ({ message }: Complaint): boolean =>
  /^unknown (fault|procedure|objective) "/.test(message);

const isSecret = (path: readonly PropertyKey[] = []): boolean => path.includes('password') || path.includes('users');

function bound(origin: string, limit: number | bigint, word: string, input: unknown): string {
  if (origin === 'array') return `a list of ${word} ${limit} ${limit === 1 ? 'entry' : 'entries'} is expected`;
  if (origin === 'string') return limit === 1 ? 'an empty text' : `a text of ${word} ${limit} characters is expected`;
  return `${word} ${limit} is expected, found ${called(input)}`;
}

function unknownKey(key: string, path: readonly PropertyKey[], keys: string[], input: unknown): string {
  const entry = input as Record<string, unknown>;
  if (path[0] === 'objectives' && path.length === 1) return `unknown objective ${quoted(key)}.${suggest(key, keys)}`;
  const place =
    typeof entry.fault === 'string'
      ? ` in fault "${entry.fault}"`
      : typeof entry.procedure === 'string'
        ? ` in procedure "${entry.procedure}"`
        : '';
  if (key === 'expect' && 'run' in entry)
    return 'a step is one thing: what a command has to answer is "reply" or "error"';
  return `unknown key ${quoted(key)}${place}.${suggest(key, keys)}`;
}

/** zod's issues as complaints: one for each unknown key, pointing at the key. */
export function complaintsOf(error: z.ZodError, prefix: Path = []): Complaint[] {
  return error.issues.flatMap((issue): Complaint[] => {
    const path = [...prefix, ...(issue.path as (string | number)[])];
    if (issue.code === 'invalid_union') {
      const meant = formMeant(issue.errors);
      if (meant) return complaintsOf(new z.ZodError(meant), path);
    }
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    const messages = issue.message.split('\n');
    return issue.keys.map((key, i) => ({ path: [...path, key], message: messages[i] ?? issue.message, atKey: true }));
  });
}

/** What may be written in several forms is written in one of them: the only one that it is not wrong for as a whole. */
function formMeant(forms: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const meant = forms.filter((issues) => issues.length > 0 && issues.every(isInside));
  return meant.length === 1 ? meant[0] : undefined;
}

const isInside = ({ code, path }: z.core.$ZodIssue): boolean => path.length > 0 || code === 'unrecognized_keys';

/** The value as far as the schema takes it: an unknown key is a complaint, but no reason to leave the rest unchecked. */
export function part<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues;
  if (!isMap(value) || !issues.every((issue) => issue.code === 'unrecognized_keys' && issue.path.length === 0))
    return undefined;
  const unknown = new Set(issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : [])));
  return schema.safeParse(Object.fromEntries(Object.entries(value).filter(([key]) => !unknown.has(key)))).data;
}

export const showPath = (path: Path): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');

/** What a command's reply has to be: read from the file, compared with what came. Plain data, so that a plan stays printable. */
import { type Reply, ReplyError } from '../../topology/resp.js';
import { checkedRegex, filledRegex, type Regex, regexOf } from './regex.js';
import { fill, namesIn } from './values.js';

const operators = ['<=', '>=', '==', '!=', '<', '>'] as const;
export type Operator = (typeof operators)[number];

/** Texts may hold references to saved values. */
export type Expectation =
  | { is: 'equal'; text: string }
  | { is: 'nil' }
  | { is: 'match'; regex: Regex }
  | { is: 'contain'; text: string }
  | { is: 'compare'; operator: Operator; than: string }
  | { is: 'list'; items: Expectation[] }
  | { is: 'not'; that: Expectation };

/** `silent`: no reply at all came, because nobody was there or nobody answered. */
export type ErrorExpectation =
  | { is: 'any' }
  | { is: 'begin'; text: string }
  | { is: 'match'; regex: Regex }
  | { is: 'silent' };

export type WrittenReply =
  | string
  | number
  | null
  | WrittenReply[]
  | { equals: string | number }
  | { matches: string }
  | { contains: string | number }
  | { not: WrittenReply };

/** @throws in words what can't be meant. */
export function parseReply(written: WrittenReply): Expectation {
  if (written === null) return { is: 'nil' };
  if (typeof written === 'number') return { is: 'equal', text: String(written) };
  if (typeof written === 'string') return parseText(written);
  if (Array.isArray(written)) return { is: 'list', items: written.map(parseReply) };
  if ('equals' in written) return { is: 'equal', text: String(written.equals) };
  if ('contains' in written) return { is: 'contain', text: String(written.contains) };
  if ('matches' in written) return { is: 'match', regex: parseRegex(written.matches) };
  return { is: 'not', that: parseReply(written.not) };
}

function parseText(text: string): Expectation {
  const regex = /^\/(.+)\/([a-z]*)$/s.exec(text);
  if (regex) return { is: 'match', regex: checkedRegex(regex[1]!, regex[2]!) };
  const contains = /^contains (.+)$/s.exec(text);
  if (contains) return { is: 'contain', text: contains[1]! };
  const comparison = /^(<=|>=|==|!=|<|>)\s*(.*)$/s.exec(text);
  if (!comparison) return { is: 'equal', text };
  const [operator, than] = [comparison[1] as Operator, comparison[2]!.trim()];
  if (isNumber(than) || namesIn(than).length > 0) return { is: 'compare', operator, than };
  if (operator === '!=') return { is: 'not', that: { is: 'equal', text: than } };
  throw new Error(
    `"${text}" compares with no number; write { equals: ${JSON.stringify(text)} } if it is the reply itself`,
  );
}

const parseRegex = (text: string): Regex => {
  const [, pattern, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  return checkedRegex(pattern ?? text, flags ?? '');
};

export function parseError(written: string | true): ErrorExpectation {
  if (written === true) return { is: 'any' };
  if (written === 'no reply') return { is: 'silent' };
  const regex = /^\/(.+)\/([a-z]*)$/s.exec(written);
  return regex ? { is: 'match', regex: checkedRegex(regex[1]!, regex[2]!) } : { is: 'begin', text: written };
}

const isNumber = (text: string): boolean => /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);

export function compare(left: string, operator: Operator, right: string): boolean | undefined {
  const [a, b] = [left.trim(), right.trim()];
  if (!isNumber(a) || !isNumber(b)) return operator === '==' ? a === b : operator === '!=' ? a !== b : undefined;
  const difference = Number(a) - Number(b);
  switch (operator) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    case '==':
      return difference === 0;
    case '!=':
      return difference !== 0;
  }
}

type Values = ReadonlyMap<string, string>;

export function meets(expected: Expectation, reply: Reply, values: Values): boolean {
  switch (expected.is) {
    case 'nil':
      return reply === null;
    case 'list':
      return (
        Array.isArray(reply) &&
        reply.length === expected.items.length &&
        expected.items.every((item, i) => meets(item, reply[i]!, values))
      );
    case 'not':
      return !meets(expected.that, reply, values);
    case 'contain': {
      const text = fill(expected.text, values);
      return Array.isArray(reply)
        ? reply.some((item) => scalar(item) === text)
        : (scalar(reply)?.includes(text) ?? false);
    }
    case 'equal':
      return scalar(reply) === fill(expected.text, values);
    case 'match': {
      const text = scalar(reply);
      return text !== undefined && filledRegex(expected.regex, values).test(text);
    }
    case 'compare': {
      const text = scalar(reply);
      return text !== undefined && compare(text, expected.operator, fill(expected.than, values)) === true;
    }
  }
}

/** No error came: is that wrong? `undefined` stands for no reply at all. */
export function meetsError(expected: ErrorExpectation, reply: Reply | undefined, values: Values): boolean {
  if (expected.is === 'silent') return reply === undefined;
  if (!(reply instanceof ReplyError)) return false;
  if (expected.is === 'any') return true;
  if (expected.is === 'match') return filledRegex(expected.regex, values).test(reply.message);
  const text = fill(expected.text, values);
  return reply.message === text || reply.message.startsWith(`${text} `);
}

/** A reply that is one text; a list, nil and an error are none. */
const scalar = (reply: Reply): string | undefined =>
  typeof reply === 'string' ? reply : typeof reply === 'number' ? String(reply) : undefined;

/** The reply as a person reads it. */
export function showReply(reply: Reply | undefined, indent = ''): string {
  if (reply === undefined) return 'no reply';
  if (reply === null) return 'nil';
  if (reply instanceof ReplyError) return `error ${reply.message}`;
  if (!Array.isArray(reply)) return String(reply).trimEnd();
  if (reply.length === 0) return 'an empty list';
  return reply.map((item, i) => `${i === 0 ? '' : indent}${i + 1}) ${showReply(item, `${indent}   `)}`).join('\n');
}

export function showExpectation(expected: Expectation): string {
  switch (expected.is) {
    case 'nil':
      return 'nil';
    case 'equal':
      return JSON.stringify(expected.text);
    case 'match':
      return `/${expected.regex.pattern}/${expected.regex.flags}`;
    case 'contain':
      return `something that contains ${JSON.stringify(expected.text)}`;
    case 'compare':
      return `${expected.operator} ${expected.than}`;
    case 'list':
      return `[${expected.items.map(showExpectation).join(', ')}]`;
    case 'not':
      return `not ${showExpectation(expected.that)}`;
  }
}

export function showError(expected: ErrorExpectation): string {
  if (expected.is === 'silent') return 'no reply';
  if (expected.is === 'any') return 'an error';
  return `error ${expected.is === 'begin' ? expected.text : `/${expected.regex.pattern}/${expected.regex.flags}`}`;
}

/** Every text of an expectation in which a saved value may stand. */
export function textsOf(expected: Expectation | ErrorExpectation): string[] {
  switch (expected.is) {
    case 'equal':
    case 'contain':
    case 'begin':
      return [expected.text];
    case 'match':
      return [expected.regex.pattern];
    case 'compare':
      return [expected.than];
    case 'list':
      return expected.items.flatMap(textsOf);
    case 'not':
      return textsOf(expected.that);
    default:
      return [];
  }
}

/** Which part of a reply is meant: a line `name:value` or a pair of a list, an item of a list, a group of a regular expression. */
export interface Pick {
  field?: string;
  item?: number[];
  find?: Regex;
}

/** @throws saying what the reply lacks. */
export function pick({ field, item, find }: Pick, reply: Reply): Reply {
  let part = reply;
  for (const index of item ?? []) {
    if (!Array.isArray(part)) throw new Error(`the reply has no items: ${showReply(part)}`);
    const found: Reply | undefined = part.at(index);
    if (found === undefined) throw new Error(`the reply has no item ${index}, only ${part.length} items`);
    part = found;
  }
  if (field !== undefined) part = fieldOf(field, part);
  if (find === undefined) return part;
  const text = scalar(part);
  const match = text === undefined ? null : regexOf(find).exec(text);
  if (!match) throw new Error(`/${find.pattern}/${find.flags} is not found in the reply`);
  return match[1] ?? match[0];
}

function fieldOf(field: string, reply: Reply): Reply {
  if (Array.isArray(reply)) {
    const index = reply.findIndex((name, i) => i % 2 === 0 && name === field);
    const value = index < 0 ? undefined : reply[index + 1];
    if (value === undefined) throw new Error(`the reply has no field ${field}`);
    return value;
  }
  const line = scalar(reply)
    ?.split(/\r?\n/)
    .find((one) => one.startsWith(`${field}:`));
  if (line === undefined) throw new Error(`the reply has no field ${field}`);
  return line.slice(field.length + 1);
}

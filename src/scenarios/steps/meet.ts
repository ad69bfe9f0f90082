/**
 * Does what came meet what was expected? Yes, no, or it is of another kind than the expectation speaks of: "not /x/" is no
 * less a statement about a text than "/x/", so a list meets neither.
 */
import { type Reply, ReplyError } from '../../server/resp.js';
import { compare, isNumber } from './numbers.js';
import { filledRegex } from './regex.js';
import type { ErrorExpectation, Expectation } from './reply.js';
import { fill, type Values } from './values.js';

/** undefined: the reply is of another kind than what is expected. */
export function meets(expected: Expectation, reply: Reply, values: Values): boolean | undefined {
  switch (expected.is) {
    case 'nil':
      return reply === null;
    case 'list':
      if (!Array.isArray(reply)) return undefined;
      return (
        reply.length === expected.items.length && both(expected.items.map((item, i) => meets(item, reply[i]!, values)))
      );
    case 'some':
      return Array.isArray(reply) ? either(within(reply).map((item) => meets(expected.that, item, values))) : undefined;
    case 'every':
      return Array.isArray(reply) && reply.length > 0
        ? both(reply.map((item) => meets(expected.that, item, values)))
        : undefined;
    case 'failed':
      return meetsError(expected.error, reply, values);
    case 'not': {
      const met = meets(expected.that, reply, values);
      return met === undefined ? undefined : !met;
    }
    case 'contain': {
      const text = fill(expected.text, values);
      if (Array.isArray(reply)) return within(reply).some((item) => textOf(item) === text);
      return textOf(reply)?.includes(text);
    }
    case 'equal':
      return equals(expected.text, reply, values);
    case 'match': {
      const text = textOf(reply);
      return text === undefined ? undefined : filledRegex(expected.regex, values).test(text);
    }
    case 'compare': {
      const [text, than] = [textOf(reply)?.trim(), fill(expected.than, values)];
      // "!= 5" speaks of numbers: that some words are not 5 says nothing.
      if (text === undefined || (isNumber(than) && !isNumber(text))) return undefined;
      return compare(text, expected.operator, than);
    }
  }
}

/** A list is equal to none but one that was saved. */
function equals(expected: string, reply: Reply, values: Values): boolean | undefined {
  const text = fill(expected, values);
  if (!Array.isArray(reply)) return textOf(reply) === text;
  return /^\$\{[^{}]*\}$/.test(expected) && text.startsWith('[') ? listText(reply) === text : undefined;
}

/** All of them hold; one of another kind spoils it, unless another one does not hold anyway. */
const both = (answers: readonly (boolean | undefined)[]): boolean | undefined =>
  answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;

/** One of them holds. Of a list without anything of that kind nobody can say that none does. */
const either = (answers: readonly (boolean | undefined)[]): boolean | undefined =>
  answers.includes(true) ? true : answers.length === 0 || answers.includes(false) ? false : undefined;

/** Every item at any depth, lists themselves too. */
const within = (list: readonly Reply[]): Reply[] =>
  list.flatMap((item) => (Array.isArray(item) ? [item, ...within(item)] : [item]));

/** Is the error that came the expected one? `undefined` stands for no reply at all. */
export function meetsError(expected: ErrorExpectation, reply: Reply | undefined, values: Values): boolean {
  if (expected.is === 'silent') return reply === undefined;
  if (!(reply instanceof ReplyError)) return false;
  if (expected.is === 'any') return true;
  if (expected.is === 'match') return filledRegex(expected.regex, values).test(reply.message);
  const text = fill(expected.text, values);
  return reply.message === text || reply.message.startsWith(`${text} `);
}

/** The first error in a reply, at any depth: a command of a transaction may have failed although EXEC did not. */
export const errorIn = (reply: Reply): ReplyError | undefined =>
  [reply, ...(Array.isArray(reply) ? within(reply) : [])].find((item) => item instanceof ReplyError);

/** A reply that is one text; a list, nil and an error are none. Bytes that are UTF-8 are read as such, as the file was. */
export function textOf(reply: Reply): string | undefined {
  if (typeof reply === 'number') return String(reply);
  if (typeof reply !== 'string') return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: plain ASCII needs no decoding.
  if (/^[\x00-\x7f]*$/.test(reply)) return reply;
  try {
    return utf8.decode(Buffer.from(reply, 'latin1'));
  } catch {
    return reply;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A list as one text: what is kept of it under a name. */
export const listText = (reply: Reply): string =>
  JSON.stringify(reply, (_, item: unknown) =>
    item instanceof ReplyError ? { error: item.message } : typeof item === 'string' ? textOf(item) : item,
  );

/** What a command's reply has to be, as the file says it. Plain data, so that a plan stays printable; meet compares it. */

import { isNumber, type Operator } from './numbers.js';
import { always, checkedRegex, type Regex, writtenRegex } from './regex.js';
import { namesIn } from './values.js';

/** Texts may hold references to saved values. */
export type Expectation =
  | { is: 'equal'; text: string }
  | { is: 'nil' }
  | { is: 'match'; regex: Regex }
  | { is: 'contain'; text: string }
  | { is: 'compare'; operator: Operator; than: string }
  | { is: 'list'; items: Expectation[] }
  /** An item of the list, at any depth. */
  | { is: 'some'; that: Expectation }
  /** Each item of the list, of which there is at least one. */
  | { is: 'every'; that: Expectation }
  /** An item that is an error, as in the list that EXEC answers with. */
  | { is: 'failed'; error: ErrorExpectation }
  /** A reply of the kind that `that` speaks of, and not that one. */
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
  | { some: WrittenReply }
  | { every: WrittenReply }
  | { error: string | true }
  | { not: WrittenReply };

/** @throws in words what can't be meant, could not fail or could not be met. */
export function parseReply(written: WrittenReply): Expectation {
  const expected = parse(written);
  if (expected.is === 'failed') throw new Error('a reply is no error; write it as "error" of the step');
  const problem = emptyIn(expected);
  if (problem !== undefined) throw new Error(problem);
  return expected;
}

function parse(written: WrittenReply): Expectation {
  if (written === null) return { is: 'nil' };
  if (typeof written === 'number') return { is: 'equal', text: String(written) };
  if (typeof written === 'string') return parseText(written);
  if (Array.isArray(written)) return { is: 'list', items: written.map(parse) };
  if ('equals' in written) return { is: 'equal', text: String(written.equals) };
  if ('contains' in written) return { is: 'contain', text: String(written.contains) };
  if ('matches' in written) return { is: 'match', regex: writtenRegex(written.matches) };
  if ('some' in written) return { is: 'some', that: parse(written.some) };
  if ('every' in written) return { is: 'every', that: parse(written.every) };
  if ('error' in written) {
    const error = parseError(written.error);
    if (error.is === 'silent') throw new Error('an item of a list is there or not: "no reply" is none');
    return { is: 'failed', error };
  }
  return { is: 'not', that: parse(written.not) };
}

/** What says nothing of a text, and so can't fail, or can't be met where it stands under `not`. */
function emptyIn(expected: Expectation): string | undefined {
  switch (expected.is) {
    case 'contain':
      return expected.text === '' ? 'every text contains an empty one' : undefined;
    case 'not':
      return (
        emptyIn(expected.that) ??
        (anyText(expected.that) ? 'every text matches that: "not" can never be met' : undefined)
      );
    case 'some':
    case 'every':
      return emptyIn(expected.that);
    case 'list':
      return expected.items.map(emptyIn).find((problem) => problem !== undefined);
    default:
      return undefined;
  }
}

const anyText = (expected: Expectation): boolean => expected.is === 'match' && always(expected.regex);

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

export function parseError(written: string | true): ErrorExpectation {
  if (written === true) return { is: 'any' };
  if (written === 'no reply') return { is: 'silent' };
  const regex = /^\/(.+)\/([a-z]*)$/s.exec(written);
  if (!regex) return { is: 'begin', text: written };
  const checked = checkedRegex(regex[1]!, regex[2]!);
  if (always(checked)) throw new Error('every error matches that; write true for any');
  return { is: 'match', regex: checked };
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
    case 'some':
    case 'every':
    case 'not':
      return textsOf(expected.that);
    case 'failed':
      return textsOf(expected.error);
    default:
      return [];
  }
}

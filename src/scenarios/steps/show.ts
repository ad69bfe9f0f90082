/** Replies and expectations as a person reads them. */
import { type Reply, ReplyError } from '../../server/resp.js';
import { textOf } from './meet.js';
import type { ErrorExpectation, Expectation } from './reply.js';

export function showReply(reply: Reply | undefined, indent = ''): string {
  if (reply === undefined) return 'no reply';
  if (reply === null) return 'nil';
  if (reply instanceof ReplyError) return `error ${shown(reply.message)}`;
  if (!Array.isArray(reply)) return shown((textOf(reply) ?? '').trimEnd());
  if (reply.length === 0) return 'an empty list';
  return reply.map((item, i) => `${i === 0 ? '' : indent}${i + 1}) ${showReply(item, `${indent}   `)}`).join('\n');
}

/** What a server sends must not steer the terminal that shows it: of the control characters line breaks and tabs are left. */
const shown = (text: string): string =>
  text
    .replace(/\r\n/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, (c) => `\\x${c.codePointAt(0)!.toString(16).padStart(2, '0')}`);

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
    case 'some':
      return `a list with ${showExpectation(expected.that)} in it`;
    case 'every':
      return `a list of nothing but ${showExpectation(expected.that)}`;
    case 'failed':
      return showError(expected.error);
    case 'not':
      return `not ${showExpectation(expected.that)}`;
  }
}

export function showError(expected: ErrorExpectation): string {
  if (expected.is === 'silent') return 'no reply';
  if (expected.is === 'any') return 'an error';
  return `error ${expected.is === 'begin' ? expected.text : `/${expected.regex.pattern}/${expected.regex.flags}`}`;
}

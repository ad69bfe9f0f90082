/**
 * Did it happen? An error reply from the server before execution is a certain `fail`; a time-out, a reset or a closed
 * socket leaves `unknown`. An unknown is never counted as lost nor as done.
 */

import { Status } from '../recording/tables.js';
import { NoReply } from '../server/no-reply.js';

/** First words of replies that the server gives instead of executing the command. */
const REFUSED = new Set([
  'MOVED',
  'ASK',
  'CLUSTERDOWN',
  'CROSSSLOT',
  'READONLY',
  'TRYAGAIN',
  'OOM',
  'NOAUTH',
  'WRONGPASS',
  'NOPERM',
  'MASTERDOWN',
  'LOADING',
  'MISCONF',
  'NOREPLICAS',
  'BUSY',
  'DENIED',
  'WRONGTYPE',
  'ERR',
]);

/** For error replies read off a raw connection. */
export const statusOfReply = (code: string): number => (REFUSED.has(code) ? Status.fail : Status.unknown);

/** Messages of the client library that mean that no byte of this command was ever sent. */
const NEVER_SENT = [
  /ECONNREFUSED/,
  /EHOSTUNREACH/,
  /None of startup nodes is available/,
  /isn't writeable/,
  /Failed to refresh slots cache/,
];

/**
 * For errors of the client library. A client that re-sends on its own (`resends`: the default settings) may have
 * executed an earlier attempt, so its last error proves nothing.
 */
export function classifyError(error: Error, resends: boolean): { status: number; text: string } {
  if (error instanceof NoReply)
    return { status: error.reason === 'refused' ? Status.fail : Status.unknown, text: error.reason };
  const { message } = error;
  const last = /Last error: (?:ReplyError: )?(.*)$/s.exec(message)?.[1] ?? message;
  const code = /^[A-Z]{2,}\b/.exec(last)?.[0];
  const text = code ?? shorten(message);
  if (NEVER_SENT.some((pattern) => pattern.test(message)))
    return { status: resends ? Status.unknown : Status.fail, text };
  if (code !== undefined && REFUSED.has(code))
    return { status: resends && last !== message ? Status.unknown : Status.fail, text };
  return { status: Status.unknown, text };
}

function shorten(message: string): string {
  if (/timed? ?out/i.test(message)) return 'timeout';
  if (/closed|ECONNRESET|EPIPE/i.test(message)) return 'closed';
  if (/ECONNREFUSED/.test(message)) return 'refused';
  return message.slice(0, 60);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, RedrillError } from './errors.js';
import { formatDuration } from './units.js';

interface Wait<T> {
  /** What is waited for, as it stands in the error: "all nodes agree on the topology". */
  describe: string;
  /** Milliseconds. */
  within: number;
  every?: number;
  signal?: AbortSignal | undefined;
  /** The last value, in a few words, for the error. */
  show?: (value: T) => string;
}

export class WaitTimeout extends RedrillError {
  constructor(describe: string, within: number, last: string, polls: number, cause?: unknown) {
    const seen = last === '' ? '' : `last: ${last}, `;
    super('TIMEOUT', `${describe}: not within ${formatDuration(within)} (${seen}${polls} polls)`, { cause });
  }
}

/** A value in its own words; an object has none. */
const plain = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(plain).filter(Boolean).join(', ')
    : value instanceof Error
      ? value.message
      : typeof value === 'object' && value !== null
        ? ''
        : String(value);

/**
 * Polls until the value satisfies the condition. A poll that throws counts as "not yet": what is waited for is often
 * the very thing that fails. The error says what was waited for, how long, and the last value seen.
 */
export async function until<T>(poll: () => T | Promise<T>, ok: (value: T) => boolean, wait: Wait<T>): Promise<T> {
  const { describe, within, every = 50, signal, show = plain } = wait;
  const deadline = performance.now() + within;
  let last = 'nothing';
  let failure: unknown;
  for (let polls = 1; ; polls++) {
    signal?.throwIfAborted();
    try {
      const value = await poll();
      if (ok(value)) return value;
      last = show(value);
      failure = undefined;
    } catch (error) {
      last = messageOf(error);
      failure = error;
    }
    const left = deadline - performance.now();
    if (left <= 0) throw new WaitTimeout(describe, within, last, polls, failure);
    await sleep(Math.min(every, left), undefined, { signal });
  }
}

/** Rejects with a WaitTimeout when the promise takes longer than `within` ms; the work itself is not stopped. */
export async function within<T>(work: Promise<T>, limit: number, describe: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new WaitTimeout(describe, limit, 'no answer', 1)), limit);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

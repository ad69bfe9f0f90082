/**
 * Code that comes with a user's file (`use:`): it may never come back, and come back with anything. What comes with redrill has
 * budgets of its own, which may be long, and is left alone.
 */
import { z } from 'zod';
import { formatDuration, s } from '../core/units.js';
import type { Injected } from '../faults/types.js';
import type { Evidence, FaultRecord } from '../recording/deeds.js';
import { own } from '../scenarios/registries.js';
import { fileOf } from '../scenarios/use.js';

/** ms in which code that hears the signal can clear up after itself and say in its own words why it ends. */
const GRACE = s(2);

/** Its code did what it must not, and the message says what. */
export class Misbehaved extends Error {}

export const isForeign = (kind: 'faults' | 'procedures', type: string): boolean => !own[kind].includes(type);

/** @throws Misbehaved when it is not back soon after the signal, or within a limit. The work itself can't be stopped. */
export async function comesBack<T>(
  work: () => T | Promise<T>,
  what: string,
  bound: { signal: AbortSignal } | { within: number },
): Promise<T> {
  const begun = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let wait = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    const refuse = (): void =>
      reject(new Misbehaved(`${what} did not come back within ${formatDuration(performance.now() - begun)}`));
    wait = () => {
      timer = setTimeout(refuse, 'signal' in bound ? GRACE : bound.within);
    };
  });
  const signal = 'signal' in bound ? bound.signal : undefined;
  if (!signal || signal.aborted) wait();
  else signal.addEventListener('abort', wait, { once: true });
  try {
    return await Promise.race([(async () => work())(), late]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', wait);
  }
}

const callable = z.custom<() => unknown>((value) => typeof value === 'function', 'has to be a function');
const names = z.array(z.string()).optional();
const nodes = z.array(z.looseObject({ name: z.string() })).optional();
const injected = z.looseObject({
  heal: callable,
  apart: z.map(z.string(), callable).optional(),
  ...{ hits: nodes, cutOff: names, starved: names },
});
const evidence = z.object({ at: z.number(), uncertainty: z.number().nonnegative(), text: z.string() });

/** What inject of any fault returned. @throws Misbehaved */
export function asInjected(value: unknown, type: string): Injected {
  refuse(injected.safeParse(value).error, value, `inject of ${called(type)}`, '{ heal }');
  return value as Injected;
}

/** What effect of any fault returned. @throws Misbehaved */
export function asEvidence(value: unknown, { type, requestedAt }: FaultRecord, now: number): Evidence {
  const what = `effect of ${called(type)}`;
  const parsed = evidence.safeParse(value);
  if (!parsed.success) return refuse(parsed.error, value, what, '{ at, uncertainty, text }');
  const { at, uncertainty } = parsed.data;
  // What is ours may go by the clock of an engine, and is proven by a test.
  if (isForeign('faults', type)) {
    const off =
      at - uncertainty > now ? 'is yet to come' : at + uncertainty < requestedAt ? 'was before its inject' : '';
    if (off)
      throw new Misbehaved(`${what} returned a moment that ${off}: at ${at}, where it is ${Math.round(now)} now`);
  }
  return parsed.data;
}

function refuse(error: z.ZodError, value: unknown, what: string, wanted: string): never;
function refuse(error: z.ZodError | undefined, value: unknown, what: string, wanted: string): void;
function refuse(error: z.ZodError | undefined, value: unknown, what: string, wanted: string): void {
  if (!error) return;
  const [issue] = error.issues;
  const place = issue && issue.path.length > 0 ? ` with a wrong "${issue.path.join('.')}"` : '';
  throw new Misbehaved(`${what} returned ${kindOf(value)}${place}: it has to return ${wanted}`);
}

const kindOf = (value: unknown): string =>
  value === undefined || value === null
    ? 'nothing'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'an object'
        : `a ${typeof value}`;

/** A fault in a user's words: "pause-nothing (./drills.ts)". */
export function called(type: string): string {
  const file = fileOf('faults', type);
  return file === undefined ? type : `${type} (${file})`;
}

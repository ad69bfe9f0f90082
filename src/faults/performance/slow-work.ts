/** Commands that keep a server busy for long, and what they need to be slow on. Their replies are small: the harness has to go on measuring. */
import { PATIENCE } from '../../server/info.js';
import type { ManagedNode } from '../../topology/types.js';
import { type Command, type Filler, fillerFor } from '../filler.js';
import { DidNotBite, type FaultContext } from '../types.js';
import type { Undo } from '../undo.js';

export const works = ['lua', 'sleep', 'keys', 'sort'] as const;
export type Work = (typeof works)[number];

interface Size {
  /** ms one command takes (sleep), or about takes (lua). */
  takes: number;
  /** Keys to go through, or elements of the one big key. */
  elements: number;
}

/**
 * Turns of a loop, not a look at the clock: from Redis 7.2 and Valkey 8 on time stands still in a script, and such a loop would
 * never end.
 */
const BUSY = 'local x = 0 for i = 1, tonumber(ARGV[1]) do x = x + i % 7 end return 0';
/** ms that a loop has to take for its speed to be known. */
const MEASURABLE = 20;
/** The quickest of so many is its speed: on a busy machine most of the time may be somebody else's. */
const TRIES = 3;

/** More than any server does in a moment. */
const ENDLESS = 1e12;

async function turnsFor(node: ManagedNode, takes: number, { clock, signal }: FaultContext): Promise<number> {
  for (let turns = 500_000; turns < ENDLESS; turns *= 4) {
    signal.throwIfAborted();
    let quickest = Number.POSITIVE_INFINITY;
    for (let n = 0; n < TRIES; n++) {
      const from = clock.now();
      await node.call(['EVAL', BUSY, 0, turns], { timeout: PATIENCE });
      quickest = Math.min(quickest, clock.now() - from);
      if (quickest < MEASURABLE) break;
    }
    if (quickest >= MEASURABLE) return Math.ceil((turns * takes) / quickest);
  }
  throw new DidNotBite(`${node.name} is not slowed down by scripts`);
}

const CHUNK = 500;

/** Matches nothing, but tries hard on every key. */
const PATTERN = '*redrill*:*9*9*9*9*9*9*9*none';

/** What the command works on. */
const data = {
  keys: async (filler: Filler, elements: number): Promise<void> => {
    const write = (from: number, to: number): Command => [
      'MSET',
      ...range(from, to).flatMap((n) => [filler.key(n), '']),
    ];
    await filler.send(chunks(elements, write), 16 * CHUNK);
  },
  sort: async (filler: Filler, elements: number): Promise<void> => {
    const numbers = (from: number, to: number): number[] => range(from, to).map((n) => (n * 7919) % 1_000_003);
    await filler.send(
      chunks(elements, (from, to) => ['RPUSH', filler.key(0), ...numbers(from, to)]),
      16 * CHUNK,
    );
  },
};

/** Under which name the server keeps it. */
export const commandOf: Record<Work, string> = { lua: 'EVAL', sleep: 'DEBUG', keys: 'KEYS', sort: 'SORT' };

/** How the first argument begins, or what is in it. */
const marks: Record<Work, RegExp> = {
  lua: /^local x = 0 for i = 1/,
  sleep: /^SLEEP$/i,
  keys: /redrill.*9\*none$/,
  sort: /:redrill:slow-sort:/,
};

/**
 * Is it one of ours, by the words of the slow log? Somebody else may be slow with the same command, and with another one a probe
 * whose key has our name in it, when the machine stalls.
 */
export const isOurs = ([command = '', first = '']: readonly string[], work: Work): boolean =>
  command.toUpperCase() === commandOf[work] && marks[work].test(first);

/** Writes what the command works on, and undoes that. @returns the command. */
export async function slowCommand(
  node: ManagedNode,
  work: Work,
  { takes, elements }: Size,
  ctx: FaultContext,
  undo: Undo,
): Promise<Command> {
  if (work === 'lua') return ['EVAL', BUSY, 0, await turnsFor(node, takes, ctx)];
  if (work === 'sleep') return ['DEBUG', 'SLEEP', takes / 1000];
  const filler = fillerFor(node, ctx, `slow-${work}`);
  undo(async () => {
    await filler.remove(work === 'keys' ? elements : 1);
    filler.close();
  });
  await data[work](filler, elements);
  return work === 'keys' ? ['KEYS', PATTERN] : ['SORT', filler.key(0), 'LIMIT', 0, 1];
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

const chunks = (n: number, command: (from: number, to: number) => Command): Command[] =>
  range(0, Math.ceil(n / CHUNK)).map((i) => command(i * CHUNK, Math.min(n, (i + 1) * CHUNK)));

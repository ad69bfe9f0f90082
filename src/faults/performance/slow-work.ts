/** Commands that keep a server busy for long, and what they need to be slow on. Their replies are small: the harness has to go on measuring. */
import type { RedisNode } from '../../topology/types.js';
import { type Command, type Filler, fillerFor } from '../filler.js';
import type { FaultContext, Heal } from '../types.js';

export const works = ['lua', 'sleep', 'keys', 'sort'] as const;
export type Work = (typeof works)[number];

interface Size {
  /** ms one command takes: lua, sleep. */
  takes: number;
  /** Keys to go through, or elements of the one big key. */
  elements: number;
}

/** Burns CPU until the server's own clock says that the time is over. */
const BUSY =
  "local t = redis.call('TIME') repeat local u = redis.call('TIME') until (u[1] - t[1]) * 1000000 + u[2] - t[2] >= tonumber(ARGV[1])";

const CHUNK = 500;

const prepared: Record<Work, (filler: Filler, size: Size) => { command: Command; data: Command[]; keys: number }> = {
  lua: (_, { takes }) => ({ command: ['EVAL', BUSY, 0, Math.round(takes * 1000)], data: [], keys: 0 }),
  sleep: (_, { takes }) => ({ command: ['DEBUG', 'SLEEP', takes / 1000], data: [], keys: 0 }),
  // Matches nothing, but tries hard on every key.
  keys: (filler, { elements }) => ({
    command: ['KEYS', '*redrill*:*9*9*9*9*9*9*9*none'],
    data: chunks(elements, (from, to) => ['MSET', ...range(from, to).flatMap((n) => [filler.key(n), ''])]),
    keys: elements,
  }),
  sort: (filler, { elements }) => ({
    command: ['SORT', filler.key(0), 'LIMIT', 0, 1],
    data: chunks(elements, (from, to) => [
      'RPUSH',
      filler.key(0),
      ...range(from, to).map((n) => (n * 7919) % 1_000_003),
    ]),
    keys: 1,
  }),
};

/** Writes what the command works on, and undoes that. @returns the command. */
export async function slowCommand(
  node: RedisNode,
  work: Work,
  size: Size,
  ctx: FaultContext,
  undo: (step: Heal) => void,
): Promise<Command> {
  if (work === 'lua' || work === 'sleep') return prepared[work](undefined as never, size).command;
  const filler = fillerFor(node, ctx, `slow-${work}`);
  const { command, data, keys } = prepared[work](filler, size);
  undo(async () => {
    await filler.remove(keys);
    filler.close();
  });
  await filler.send(data, 16 * CHUNK);
  return command;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

const chunks = (n: number, command: (from: number, to: number) => Command): Command[] =>
  range(0, Math.ceil(n / CHUNK)).map((i) => command(i * CHUNK, Math.min(n, (i + 1) * CHUNK)));

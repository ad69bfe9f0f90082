import { z } from 'zod';
import { size } from '../../core/fields.js';
import { formatCount, formatSize } from '../../core/units.js';
import { infoOf } from '../../server/info.js';
import { ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import { keepDoing, OVER } from '../background.js';
import { affordable, copiesOf } from '../ceiling.js';
import { type Command, type Filler, fillerFor } from '../filler.js';
import { notes } from '../notes.js';
import { noticed, type Sight, shown } from '../noticed.js';
import { changeSettings, stillHas } from '../settings.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { reversible, type Undo } from '../undo.js';

const policies = [
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
] as const;

const VALUE = 16 * 1024;
const SMALL = 1024;
/**
 * Bytes by which it is made fuller than full: a server frees some of its buffers now and then, and would take a write or two. Only
 * a command that carries less than it makes gets past maxmemory: what carries it counts as used.
 */
const BEYOND = 512 * 1024;
/** Turns a second in which it is kept full. */
const TURNS = 20;
/** Far beyond any drill: what expires would not be evicted. */
const TTL = 86_400;
const BUDGET = 10_000;

const params = z.strictObject({
  policy: z.enum(policies).default('noeviction').describe('maxmemory-policy meanwhile'),
  headroom: size('maxmemory is set to what is used now and this much more', { least: '1mb', most: '1gb' }).prefault(
    '8mb',
  ),
  pressure: size('written each second once it evicts, so that it goes on evicting', {
    least: '1kb',
    most: '64mb',
  }).prefault('64kb'),
  expiring: z
    .boolean()
    .default(true)
    .describe('what it writes has a time to live: only that is evicted by a volatile policy'),
});
type Params = z.output<typeof params>;

/** Without anything that may be evicted, a volatile policy refuses writes like noeviction. */
const refuses = ({ policy, expiring }: Params): boolean =>
  policy === 'noeviction' || (policy.startsWith('volatile') && !expiring);

const isOom = (error: unknown): boolean => error instanceof ReplyError && /\bOOM\b/.test(error.message);

export const fillMemory = defineFault({
  summary: 'write to a primary until its maxmemory is reached, and keep it full: writes are refused, or keys evicted',
  handbook: ['2.1.4', '5.6'],
  params,
  impact: 'none',
  example: { params: { policy: 'noeviction', headroom: '4mb' } },
  variants: [
    { params: { policy: 'allkeys-lru', headroom: '4mb' } },
    { params: { policy: 'volatile-ttl', headroom: '4mb' } },
    { params: { policy: 'volatile-lru', headroom: '4mb', expiring: false } },
  ],
  inject: (targets, params, ctx) =>
    reversible(async (_undo, on) => {
      const all = (params.headroom + BEYOND) * targets.length * copiesOf(ctx);
      affordable(all, `filling ${targets.length} with a headroom of ${formatSize(params.headroom)}`, ctx);
      const before = notes<number>();
      const moments = await Promise.all(targets.map((node) => fill(node, params, ctx, on(node))));
      for (const node of targets) before.set(node, await evicted(node));
      return { before, moment: moments.reduce((a, b) => (b.at < a.at ? b : a)) };
    }),
  effect: async (targets, params, ctx, { before, moment, requestedAt }) => {
    const evidence = await shown(targets, ctx, requestedAt, BUDGET, (node) =>
      refuses(params) ? refusal(node, ctx) : eviction(node, before.of(node)),
    );
    return { ...evidence, ...moment, text: `${params.policy}: ${evidence.text}` };
  },
});

const evicted = async (node: ManagedNode): Promise<number> => (await infoOf(node, 'stats')).number('evicted_keys');

/** @returns the moment at which it was full. */
async function fill(
  node: ManagedNode,
  params: Params,
  ctx: FaultContext,
  undo: Undo,
): Promise<{ at: number; uncertainty: number }> {
  const filler = fillerFor(node, ctx, 'fill-memory');
  let written = 0;
  const memory = await infoOf(node, 'memory');
  const limit = memory.number('used_memory') - memory.number('mem_not_counted_for_evict') + params.headroom;
  undo(async () => {
    await filler.remove(written);
    filler.close();
  });
  const settings = { 'maxmemory-policy': params.policy, maxmemory: String(limit) };
  undo(await changeSettings(node, settings));
  const write = async (bytes: number, each: number): Promise<void> => {
    const first = written;
    written += Math.ceil(bytes / each);
    await filler.send(sets(filler, first, written, each, params), each);
  };
  const moment = await untilFull(node, params, ctx, () => write(params.headroom / 8, VALUE));
  // Refused while it is full. Whoever gave it more, a policy that evicts, or a start, has made room: it is not taken again.
  const again = async (): Promise<unknown> => {
    if (!(await stillHas(node, settings))) return OVER;
    if (!refuses(params)) return write(params.pressure / TURNS, SMALL);
    return filler.send([['SETRANGE', filler.key(written++), BEYOND - 1, '0']], SMALL);
  };
  undo(keepDoing(1000 / TURNS, again).stop);
  return moment;
}

function* sets(filler: Filler, from: number, to: number, bytes: number, { expiring }: Params): Generator<Command> {
  const value = filler.value(bytes);
  for (let n = from; n < to; n++) yield ['SET', filler.key(n), value, ...(expiring ? ['EX', TTL] : [])];
}

async function untilFull(node: ManagedNode, params: Params, ctx: FaultContext, write: () => Promise<void>) {
  const before = await evicted(node);
  return noticed(
    ctx,
    { describe: `the memory of ${node.name} is full`, within: BUDGET, every: 0, since: ctx.clock.now() },
    async () => {
      try {
        await write();
      } catch (error) {
        if (!isOom(error)) throw error;
        if (!refuses(params))
          throw new DidNotBite(`${node.name} refuses writes where it should evict: ${(error as Error).message}`);
        return { found: true, seen: 'OOM' };
      }
      const gone = (await evicted(node)) - before;
      return { found: gone > 0 ? true : undefined, seen: `${gone} keys evicted` };
    },
  );
}

async function refusal(node: ManagedNode, ctx: FaultContext): Sight {
  const filler = fillerFor(node, ctx, 'fill-memory-proof');
  try {
    await filler.send([['SET', filler.key(0), '']], 1);
    await filler.remove(1);
    return { seen: 'it took a write' };
  } catch (error) {
    if (!isOom(error)) throw error;
    const memory = await infoOf(node, 'memory');
    const [used, max] = [memory.number('used_memory'), memory.number('maxmemory')].map(formatSize);
    return { found: `refuses writes with OOM at ${used} of ${max}`, seen: '' };
  } finally {
    filler.close();
  }
}

/** It must go on: what was evicted while it was filled might have been all. */
async function eviction(node: ManagedNode, before: number): Sight {
  const now = await evicted(node);
  const text = `evicts keys, ${formatCount(now)} so far`;
  return { found: now > before ? text : undefined, seen: text };
}

import { z } from 'zod';
import { size } from '../../core/fields.js';
import { formatSize } from '../../core/units.js';
import { infoOf } from '../../server/info.js';
import type { ManagedNode } from '../../topology/types.js';
import { affordable, copiesOf } from '../ceiling.js';
import { type Command, type Filler, fillerFor } from '../filler.js';
import { notes } from '../notes.js';
import { shown } from '../noticed.js';
import { DidNotBite, defineFault } from '../types.js';
import { reversible } from '../undo.js';

/** Bytes; of different classes for the allocator, and none so large that it is given back alone. */
const sizes = [60, 150, 400, 900, 2000, 3500];
const MEAN = sizes.reduce((a, b) => a + b) / sizes.length;
/** Of what was deleted, so much must be lost to gaps. A server that is only asked gains and loses a megabyte by itself. */
const GAPS = 0.5;
const BUDGET = 10_000;

export const fragmentMemory = defineFault({
  summary:
    'fill memory with values of mixed sizes and delete every other one: the process keeps what the data no longer needs',
  handbook: ['2.1.4', '5.5'],
  params: z.strictObject({
    amount: size('written in all; half of it is deleted again', { least: '8mb', most: '1gb' }).prefault('32mb'),
  }),
  impact: 'none',
  example: { params: { amount: '16mb' } },
  inject: (targets, { amount }, ctx) =>
    reversible(async (_undo, on) => {
      affordable(
        1.5 * amount * targets.length * copiesOf(ctx),
        `fragmenting ${formatSize(amount)} on each of ${targets.length}`,
        ctx,
      );
      const before = notes<number>();
      let begunAt = Number.POSITIVE_INFINITY;
      for (const node of targets) {
        before.set(node, (await gapsOf(node)).gaps);
        const filler = fillerFor(node, ctx, 'fragment-memory');
        const count = Math.ceil(amount / MEAN);
        on(node)(async () => {
          await filler.remove(count);
          filler.close();
          await node.call(['MEMORY', 'PURGE']);
        });
        await filler.send(writes(filler, count), MEAN);
        begunAt = Math.min(begunAt, ctx.clock.now());
        await filler.send(deletes(filler, count), MEAN);
      }
      return { before, begunAt };
    }),
  effect: (targets, { amount }, ctx, { before, begunAt }) =>
    shown(targets, ctx, begunAt, BUDGET, async (node) => {
      const { gaps, ratio } = await gapsOf(node);
      const text = `loses ${formatSize(gaps)} to gaps (${ratio.toFixed(2)} × what it uses)`;
      return { found: gaps - before.of(node) > (GAPS * amount) / 2 ? text : undefined, seen: text };
    }),
});

/**
 * What the allocator holds for the data and what the data needs of it. allocator_frag_bytes would be the difference, but Valkey
 * 8.1 counts only what it could defragment: nothing, where the allocator is the system's own.
 */
async function gapsOf(node: ManagedNode): Promise<{ gaps: number; ratio: number }> {
  const memory = await infoOf(node, 'memory');
  const allocator = memory.text('mem_allocator');
  if (!allocator.startsWith('jemalloc'))
    throw new DidNotBite(`${node.name} uses ${allocator}, which does not tell its gaps`);
  const [active, allocated] = [memory.number('allocator_active'), memory.number('allocator_allocated')];
  return { gaps: active - allocated, ratio: active / allocated };
}

/** Every other one of each size goes: what stays holds the allocator's runs. */
const goes = (n: number): boolean => Math.floor(n / sizes.length) % 2 === 1;

function* writes(filler: Filler, count: number): Generator<Command> {
  for (let n = 0; n < count; n++) yield ['SET', filler.key(n), filler.value(sizes[n % sizes.length]!)];
}

function* deletes(filler: Filler, count: number): Generator<Command> {
  for (let n = 0; n < count; n++) if (goes(n)) yield ['DEL', filler.key(n)];
}

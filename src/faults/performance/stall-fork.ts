import { z } from 'zod';
import { duration, size } from '../../core/fields.js';
import { formatDuration, formatSize } from '../../core/units.js';
import { until } from '../../core/until.js';
import { infoOf } from '../../server/info.js';
import { ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import { keepDoing, OVER } from '../background.js';
import { affordable, copiesOf } from '../ceiling.js';
import { fillerFor } from '../filler.js';
import { notes } from '../notes.js';
import { shown } from '../noticed.js';
import { changeSettings, stillHas } from '../settings.js';
import { defineFault, type FaultContext } from '../types.js';
import { reversible, type Undo } from '../undo.js';

const VALUE = 1024 * 1024;
const BUDGET = 20_000;
/** Not the server's own snapshot: a restart must not load it. */
const FILE = 'redrill-stall-fork.rdb';
const SETTINGS = { dbfilename: FILE };

export const stallFork = defineFault({
  summary:
    'take snapshots of a large data set again and again: each fork stops the server while page tables are copied',
  handbook: ['2.1.4', '5.5'],
  params: z.strictObject({
    memory: size('data written first, so that there is something to copy', { least: '1mb', most: '1gb' }).prefault(
      '96mb',
    ),
    every: duration('time between two snapshots', { least: '100ms', most: '10m' }).prefault('2s'),
  }),
  impact: 'none',
  needs: ['files'],
  example: { params: { memory: '32mb', every: '1s' } },
  inject: (targets, { memory, every }, ctx) =>
    reversible(async (_undo, on) => {
      // Pages that are written to while a child saves exist twice.
      affordable(
        2 * memory * targets.length * copiesOf(ctx),
        `forks of ${formatSize(memory)} on each of ${targets.length}`,
        ctx,
      );
      const before = notes<number>();
      let begunAt = Number.POSITIVE_INFINITY;
      for (const node of targets) {
        const undo = on(node);
        await fill(node, memory, ctx, undo);
        undo(await changeSettings(node, SETTINGS));
        undo(() => saved(node));
        before.set(node, (await forks(node)).count);
        begunAt = Math.min(begunAt, ctx.clock.now());
        // A server that was started anew would write the snapshot that it loads at its next start.
        undo(keepDoing(every, async () => ((await stillHas(node, SETTINGS)) ? save(node) : OVER)).stop);
      }
      return { before, begunAt };
    }),
  effect: (targets, _params, ctx, { before, begunAt }) =>
    shown(targets, ctx, begunAt, BUDGET, async (node) => {
      const { count, text } = await forks(node);
      return { found: count === before.of(node) ? undefined : text, seen: 'no fork' };
    }),
});

async function fill(node: ManagedNode, memory: number, ctx: FaultContext, undo: Undo): Promise<void> {
  const filler = fillerFor(node, ctx, 'stall-fork');
  const count = Math.ceil(memory / VALUE);
  undo(async () => {
    await filler.remove(count);
    filler.close();
    await node.container.remove(`/data/${FILE}`);
  });
  const value = filler.value(VALUE);
  await filler.send(
    Array.from({ length: count }, (_, n) => ['SET', filler.key(n), value]),
    VALUE,
  );
}

/** A snapshot that is still being written, by us or by the server itself, is as good. */
async function save(node: ManagedNode): Promise<void> {
  try {
    await node.call(['BGSAVE'], { timeout: BUDGET });
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
  }
}

async function saved(node: ManagedNode): Promise<void> {
  await until(
    () => infoOf(node, 'persistence'),
    (info) => info.number('rdb_bgsave_in_progress') === 0,
    { describe: `${node.name} has written its snapshot`, within: BUDGET, every: 50, show: () => 'still writing' },
  );
}

/** `count`: forks so far; before Redis 7.0, which does not count them, the time that the last one took. */
async function forks(node: ManagedNode): Promise<{ count: number; text: string }> {
  const stats = await infoOf(node, 'stats');
  const micros = stats.number('latest_fork_usec');
  const resident = (await infoOf(node, 'memory')).number('used_memory_rss');
  return {
    count: stats.text('total_forks') === '' ? micros : stats.number('total_forks'),
    text: `stood still for a fork of ${formatSize(resident)}: ${formatDuration(micros / 1000)} (latest_fork_usec)`,
  };
}

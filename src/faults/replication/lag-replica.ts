import { z } from 'zod';
import { size } from '../../core/fields.js';
import { formatSize } from '../../core/units.js';
import { infoOf, PATIENCE } from '../../topology/info.js';
import { ReplyError } from '../../topology/resp.js';
import type { RedisNode } from '../../topology/types.js';
import { keepDoing } from '../background.js';
import { fillerFor } from '../filler.js';
import { shown } from '../noticed.js';
import { stream } from '../stream.js';
import { DidNotBite, defineFault, type FaultContext, type Heal } from '../types.js';
import { reversible } from '../undo.js';
import { BUDGET, linkDown, needsReplicas, primaryOf } from './links.js';

/** Seconds that the replica sleeps at a time: it must still answer its observers and peers in between. */
const NAP = 0.08;
const VALUE = 8 * 1024;
const KEYS = 64;
/** ms between two looks at how far it trails. */
const EVERY = 50;

export const lagReplica = defineFault({
  summary: 'hold a replica up while its primary is written to: its link stays up, and it falls behind and stays there',
  handbook: ['2.1.1', '2.1.3', '5.2'],
  params: z.strictObject({
    by: size('how far it is kept behind', { least: '256kb', most: '256mb' }).prefault('2mb'),
  }),
  impact: 'none',
  supports: needsReplicas,
  example: { target: 'replica of shard 2' },
  inject: (targets, { by }, ctx) =>
    reversible(async (undo) => {
      for (const node of targets) await holdUp(node, await primaryOf(node, ctx), by, ctx, undo);
      return {};
    }),
  effect: (targets, { by }, ctx, injected) =>
    shown(targets, ctx, injected, BUDGET, async (node) => {
      const behind = await trails(node, await primaryOf(node, ctx));
      const text = `trails its primary by ${formatSize(Math.max(0, behind))}`;
      return { found: behind >= by && !(await linkDown(node)) ? `${text}, its link is up` : undefined, seen: text };
    }),
});

/**
 * Two clients send DEBUG SLEEP by turns, so that one of them always waits: between two naps the replica reads one buffer of the
 * stream, and no more. Meanwhile the primary is written to until the replica is as far behind as it is to be.
 */
async function holdUp(
  node: RedisNode,
  primary: RedisNode,
  by: number,
  ctx: FaultContext,
  undo: (step: Heal) => void,
): Promise<void> {
  try {
    await node.call(['DEBUG', 'SLEEP', 0]);
  } catch (error) {
    if (error instanceof ReplyError) throw new DidNotBite(`${node.name} refuses DEBUG SLEEP: ${error.message}`);
    throw error;
  }
  const filler = fillerFor(primary, ctx, `lag-replica-${node.name}`);
  undo(async () => {
    await filler.remove(KEYS);
    filler.close();
  });
  for (let n = 0; n < 2; n++) undo(stream(node, 0, ['DEBUG', 'SLEEP', NAP]).stop);
  const value = filler.value(VALUE);
  undo(
    keepDoing(EVERY, async () => {
      // A little more than asked for: what it catches up between two looks must not make it fall short.
      const lacks = 1.5 * by - (await trails(node, primary));
      const writes = Array.from({ length: Math.max(0, Math.ceil(lacks / VALUE)) }, (_, n) => n % KEYS);
      await filler.send(
        writes.map((n) => ['SET', filler.key(n), value] as const),
        VALUE,
      );
    }).stop,
  );
}

/** Bytes. The replica is asked first: what the primary writes meanwhile counts as behind, what the replica reads does not. */
async function trails(node: RedisNode, primary: RedisNode): Promise<number> {
  const mine = (await infoOf(node, 'replication', PATIENCE)).number('slave_repl_offset');
  return (await infoOf(primary, 'replication', PATIENCE)).number('master_repl_offset') - mine;
}

import { z } from 'zod';
import { duration, size } from '../../core/fields.js';
import { formatSize } from '../../core/units.js';
import { infoOf } from '../../server/info.js';
import type { ManagedNode } from '../../topology/types.js';
import { keepDoing, OVER } from '../background.js';
import { affordable } from '../ceiling.js';
import { fillerFor } from '../filler.js';
import { shown } from '../noticed.js';
import { changeSettings, stillHas } from '../settings.js';
import { defineFault, type FaultContext } from '../types.js';
import { reversible, type Undo } from '../undo.js';
import { BUDGET, logged, needsReplicas, primaryOf } from './links.js';

/** The least that servers take: what a broken link missed is never bridged. */
const BACKLOG = 16 * 1024;
const OVERFLOW = /overcoming of output buffer limits/;

export const overflowReplicaBuffer = defineFault({
  summary:
    'write more at once than the output buffer limit allows for replicas: the primary drops the link, and again on every return',
  handbook: ['2.1.1', '5.2'],
  params: z.strictObject({
    limit: size('client-output-buffer-limit for replicas meanwhile', { least: '64kb', most: '128mb' }).prefault('1mb'),
    every: duration('time between two writes of twice that size', { least: '50ms', most: '10m' }).prefault('1s'),
  }),
  impact: 'none',
  needs: ['logs-of-all-lives'],
  supports: needsReplicas,
  example: { target: 'replica of shard 2' },
  inject: (targets, { limit, every }, ctx) =>
    reversible(async (undo, on) => {
      const fed = await Promise.all(targets.map((node) => primaryOf(node, ctx)));
      const primaries = new Set(fed);
      // In the primary and its buffer, and in the replica.
      affordable(
        8 * limit * primaries.size,
        `writing twice ${formatSize(limit)} at once to each of ${primaries.size}`,
        ctx,
      );
      for (const primary of primaries) {
        // Several replicas of one primary can't be told apart.
        const mine = targets.filter((_, i) => fed[i] === primary);
        await flood(primary, limit, every, ctx, mine.length === 1 ? on(mine[0]!) : undo);
      }
      return {};
    }),
  effect: (targets, _params, ctx, { requestedAt }) =>
    shown(targets, ctx, requestedAt, BUDGET, async (node) => {
      const primary = await primaryOf(node, ctx);
      return (await logged(primary, OVERFLOW, requestedAt, ctx))
        ? { found: `was dropped by ${primary.name} for its output buffer limit`, seen: '' }
        : { seen: `${primary.name} dropped nobody` };
    }),
});

async function flood(primary: ManagedNode, limit: number, every: number, ctx: FaultContext, undo: Undo): Promise<void> {
  const filler = fillerFor(primary, ctx, 'overflow-replica-buffer');
  undo(async () => {
    await filler.remove(1);
    filler.close();
  });
  const backlog = { 'repl-backlog-size': BACKLOG };
  undo(await changeSettings(primary, { ...backlog, 'client-output-buffer-limit': `replica ${limit} ${limit} 0` }));
  // One command: nothing of it is sent before all of it is in the buffer.
  const value = filler.value(2 * limit);
  const write = async (): Promise<unknown> => {
    const leads = (await infoOf(primary, 'replication')).text('role') === 'master';
    if (leads && (await stillHas(primary, backlog))) return filler.send([['SET', filler.key(0), value]], value.length);
    ctx.over(`${primary.name} is no longer the primary with the small buffer`);
    return OVER;
  };
  undo(keepDoing(every, write).stop);
}

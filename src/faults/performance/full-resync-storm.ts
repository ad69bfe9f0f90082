import { z } from 'zod';
import { duration, size } from '../../core/fields.js';
import { infoOf, PATIENCE } from '../../server/info.js';
import type { ManagedNode } from '../../topology/types.js';
import { keepDoing, OVER } from '../background.js';
import { fillerFor } from '../filler.js';
import { notes } from '../notes.js';
import { shown } from '../noticed.js';
import { changeSettings, stillHas } from '../settings.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { reversible, type Undo } from '../undo.js';

/** The least that servers take. */
const BACKLOG = 16 * 1024;
const VALUE = 16 * 1024;
const KEYS = 64;
/** One full synchronisation may be bad luck; a storm is more. */
const STORM = 2;

export const fullResyncStorm = defineFault({
  summary:
    'break the links of a primary to its replicas faster than its backlog can bridge: every return is a full resync',
  handbook: ['2.1.4', '5.2'],
  params: z.strictObject({
    every: duration('how often the link is broken, once it is back', { least: '10ms', most: '10m' }).prefault('500ms'),
    written: size('written between a break and the return, far more than the backlog of 16 kb holds', {
      least: '64kb',
      most: '256mb',
    }).prefault('1mb'),
  }),
  impact: 'none',
  supports: ({ topology }) => topology.replicas > 0 || 'the topology has no replicas to synchronise',
  example: { params: { every: '200ms' } },
  inject: (targets, { every, written }, ctx) =>
    reversible(async (_undo, on) => {
      const before = notes<number>();
      for (const node of targets) before.set(node, await storm(node, every, written, ctx, on(node)));
      return { before };
    }),
  effect: (targets, { every }, ctx, { before, requestedAt }) =>
    shown(targets, ctx, requestedAt, 10_000 + 5 * every, async (node) => {
      const full = (await infoOf(node, 'stats')).number('sync_full') - before.of(node);
      const text = `had to do ${full} full resyncs (sync_full)`;
      return { found: full >= STORM ? text : undefined, seen: text };
    }),
});

/** @returns the full synchronisations before. */
async function storm(
  node: ManagedNode,
  every: number,
  written: number,
  ctx: FaultContext,
  undo: Undo,
): Promise<number> {
  const filler = fillerFor(node, ctx, 'full-resync-storm');
  undo(async () => {
    await filler.remove(KEYS);
    filler.close();
  });
  if ((await infoOf(node, 'replication')).number('connected_slaves') === 0)
    throw new DidNotBite(`${node.name} has no replica connected`);
  const settings = { 'repl-backlog-size': BACKLOG };
  undo(await changeSettings(node, settings));
  const full = (await infoOf(node, 'stats')).number('sync_full');
  const value = filler.value(VALUE);
  const writes = Array.from(
    { length: Math.ceil(written / VALUE) },
    (_, n) => ['SET', filler.key(n % KEYS), value] as const,
  );
  undo(
    keepDoing(every, async () => {
      // A link that is broken before it is back costs the primary nothing.
      const { text } = await infoOf(node, 'replication');
      if (text('role') !== 'master' || !(await stillHas(node, settings))) {
        ctx.over(`${node.name} is no longer the primary with the short backlog`);
        return OVER;
      }
      if (!text('slave0').includes('state=online')) return undefined;
      await node.call(['CLIENT', 'KILL', 'TYPE', 'replica'], { timeout: PATIENCE });
      return filler.send(writes, VALUE);
    }).stop,
  );
  return full;
}

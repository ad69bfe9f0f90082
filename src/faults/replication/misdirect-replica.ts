import { z } from 'zod';
import { withSlots } from '../../deployment/kinds.js';
import { attach, followCommand } from '../../server/attach.js';
import { ownerNow } from '../../server/owners.js';
import { notes } from '../notes.js';
import { shown } from '../noticed.js';
import { defineFault } from '../types.js';
import { reversible } from '../undo.js';
import { BUDGET, followedBy, leaderAfter, linkDown, needsReplicas, primaryOf, refusable, shardOf } from './links.js';

export const misdirectReplica = defineFault({
  summary:
    "make a replica follow another shard's primary (CLUSTER REPLICATE with the wrong id): its own has one copy less",
  handbook: ['2.1.1', '5.2'],
  params: z.strictObject({}),
  impact: 'none',
  kinds: withSlots,
  supports: (env) => (env.topology.shards > 1 ? needsReplicas(env) : 'there is no other shard to follow'),
  example: { target: 'replica of shard 2' },
  inject: (targets, _params, ctx) =>
    reversible(async (_undo, on) => {
      const before = notes<number>();
      for (const node of targets) {
        const shard = shardOf(await primaryOf(node, ctx), ctx);
        before.set(node, shard);
        const other = ctx.rng.pick(ctx.topology.shards.filter((one) => one.shard !== shard));
        const wrong = ctx.topology.node(ownerNow(other.shard, ctx.view(), ctx.topology));
        on(node)(async () => {
          // An operator may have put it right, and a resync for nothing would be a fault of its own.
          if ((await followedBy(node, ctx)) === wrong) await attach(node, await leaderAfter(shard, ctx), ctx.topology);
        });
        await refusable(node, followCommand(wrong, ctx.topology));
      }
      return { before };
    }),
  effect: (targets, _params, ctx, { before, requestedAt }) =>
    shown(targets, ctx, requestedAt, BUDGET, async (node) => {
      const followed = await followedBy(node, ctx);
      const shard = followed && shardOf(followed, ctx);
      const text = `follows ${followed?.name ?? 'nobody'}, the primary of shard ${shard ?? '?'}`;
      const away = shard !== undefined && shard !== before.of(node) && !(await linkDown(node));
      return { found: away ? text : undefined, seen: text };
    }),
});

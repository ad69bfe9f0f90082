import { z } from 'zod';
import { withSlots } from '../../deployment/kinds.js';
import { attach } from '../../server/attach.js';
import { linesOf } from '../../server/membership.js';
import { shown } from '../noticed.js';
import { defineFault } from '../types.js';
import { reversible } from '../undo.js';
import { BUDGET, followedBy, leaderAfter, needsReplicas, primaryOf, refusable, shardOf } from './links.js';

export const resetReplica = defineFault({
  summary:
    'reset a replica by mistake (CLUSTER RESET): it drops its data, forgets its peers and is a primary of nothing',
  handbook: ['2.1.1', '5.2'],
  params: z.strictObject({}),
  impact: 'none',
  kinds: withSlots,
  supports: needsReplicas,
  example: { target: 'replica of shard 2' },
  inject: (targets, _params, ctx) =>
    reversible(async (_undo, on) => {
      for (const node of targets) {
        const shard = shardOf(await primaryOf(node, ctx), ctx);
        on(node)(async () => {
          const leader = await leaderAfter(shard, ctx);
          // Whoever let it in again meanwhile has mended it.
          if ((await followedBy(node, ctx)) !== leader) await attach(node, leader, ctx.topology);
        });
        await refusable(node, ['CLUSTER', 'RESET', 'SOFT']);
      }
      return {};
    }),
  effect: (targets, _params, ctx, { requestedAt }) =>
    shown(targets, ctx, requestedAt, BUDGET, async (node) => {
      const lines = await linesOf(node);
      const self = lines.find(({ flags }) => flags.has('myself'));
      const text = `knows ${lines.length} nodes, itself as a ${self?.flags.has('master') ? 'primary' : 'replica'}`;
      return { found: lines.length === 1 && self?.flags.has('master') ? text : undefined, seen: text };
    }),
});

import { z } from 'zod';
import { traitsOf, withoutSlots } from '../../deployment/kinds.js';
import { attach, rightPrimary } from '../../server/attach.js';
import { infoOf } from '../../server/info.js';
import { shown } from '../noticed.js';
import { defineFault } from '../types.js';
import { reversible } from '../undo.js';
import { BUDGET, followedBy, needsReplicas, primaryOf, refusable } from './links.js';

export const promoteReplica = defineFault({
  summary:
    'promote a replica by mistake (REPLICAOF NO ONE) while its primary leads: there are two, and each takes writes',
  handbook: ['2.1.1', '5.2'],
  params: z.strictObject({}),
  impact: 'none',
  kinds: withoutSlots,
  supports: needsReplicas,
  example: { target: 'replica', topology: { kind: 'replication', replicas: 2 } },
  inject: (targets, _params, ctx) =>
    reversible(async (_undo, on) => {
      for (const node of targets) {
        const primary = await primaryOf(node, ctx);
        on(node)(async () => {
          // Where a failover has made it the primary meanwhile it stays one.
          const leader =
            traitsOf(ctx.topology.kind).arbiter === 'nobody' ? primary : rightPrimary(1, ctx.view(), ctx.topology);
          if (leader !== node && (await followedBy(node, ctx)) === undefined) await attach(node, leader, ctx.topology);
        });
        await refusable(node, ['REPLICAOF', 'NO', 'ONE']);
      }
      // Nobody is pointed to it: a write that it takes is no service.
      return { cutOff: targets.map(({ name }) => name) };
    }),
  effect: (targets, _params, ctx, { requestedAt }) =>
    shown(targets, ctx, requestedAt, BUDGET, async (node) => {
      const role = (await infoOf(node, 'replication')).text('role');
      return { found: role === 'master' ? 'calls itself primary (role:master)' : undefined, seen: `role:${role}` };
    }),
});

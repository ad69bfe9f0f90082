import { z } from 'zod';
import { shown } from '../noticed.js';
import { changeSettings } from '../settings.js';
import { defineFault } from '../types.js';
import { reversible } from '../undo.js';
import { BUDGET, cutLink, linkDown, logged, needsReplicas, primaryOf } from './links.js';

/** Also said where the primary asks for no password: it refuses any that is offered. */
const REFUSED = /Unable to AUTH to (?:MASTER|PRIMARY)/i;

export const breakReplicationAuth = defineFault({
  summary: 'give a replica a wrong password for its primary and close the link: it can never come back by itself',
  handbook: ['2.1.1', '5.2'],
  params: z.strictObject({}),
  impact: 'none',
  needs: ['logs-of-all-lives'],
  supports: needsReplicas,
  example: { target: 'replica of shard 2' },
  inject: (targets, _params, ctx) =>
    reversible(async (_undo, on) => {
      for (const node of targets) {
        await primaryOf(node, ctx);
        // The link that is up was authenticated before: only the next one needs the password.
        on(node)(await changeSettings(node, { masterauth: `wrong-${ctx.rng.hex(8)}` }));
        await cutLink(node);
      }
      return {};
    }),
  effect: (targets, _params, ctx, { requestedAt }) =>
    shown(targets, ctx, requestedAt, BUDGET, async (node) => {
      const refused = await logged(node, REFUSED, requestedAt, ctx);
      const down = await linkDown(node);
      return {
        found: refused && down ? 'is refused by its primary (master_link_status:down, "Unable to AUTH")' : undefined,
        seen: down ? 'its link is down, but nobody refused it' : 'its link is up',
      };
    }),
});

import { z } from 'zod';
import { timeoutField } from './fields.js';
import { disagreements, nothingWrong } from './nothing-wrong.js';
import { defineProcedure } from './types.js';

/** MEET does not heal a partition (handbook 5.3.2): the network does, and gossip does the rest. */
export const waitForHeal = defineProcedure({
  summary: 'wait until the network is whole again and gossip has brought every node to the same view',
  handbook: ['5.3.2'],
  params: z.strictObject({
    timeout: timeoutField('time until every node agrees').prefault('60s'),
    heal: z.boolean().default(false).describe('mend what is still broken first, as the network team would'),
  }),
  idle: true,
  steps: async (ctx, { timeout, heal }) => {
    if (heal)
      await ctx.step('Mend the network', { command: 'reconnect' }, async () => {
        const healed = (await ctx.heal?.()) ?? [];
        return healed.map((what) => `ended ${what}`).join('\n') || 'nothing was broken any more';
      });
    await ctx.step('Wait until every node agrees', { command: 'CLUSTER NODES on every node' }, async () => {
      await nothingWrong(ctx, 'all nodes agree', timeout, () => disagreements(ctx.view()));
      return `${ctx.view().nodes.size} nodes agree`;
    });
  },
  verify: (ctx, { timeout }) =>
    nothingWrong(ctx, 'all nodes agree', timeout, async () => disagreements(await ctx.deployment.look())),
});

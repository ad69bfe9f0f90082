import { z } from 'zod';
import type { Endpoint } from '../../server/types.js';
import { chosen } from '../come-back.js';
import { targetField, timeoutField } from '../fields.js';
import { disagreements, laggards, nothingWrong } from '../nothing-wrong.js';
import { defineProcedure, type ProcedureContext } from '../types.js';
import { type Variants, wayOn } from '../variants.js';
import { inCluster } from './cluster.js';
import { inReplication } from './replication.js';
import { withSentinels } from './sentinel.js';

type Tell = (ctx: ProcedureContext, nodes: readonly Endpoint[], within: number) => Promise<void>;

const variants: Variants<Tell> = {
  cluster: inCluster,
  sentinel: withSentinels,
  replication: inReplication,
};

export const followAddress = defineProcedure({
  summary:
    'tell whoever still looks for a node at its former address where it is now: peers, replicas, sentinels, applications',
  handbook: ['5.1.3', '5.3.2'],
  params: z.strictObject({
    target: targetField.optional().describe('nodes that have another address; default: those that the faults hit'),
    timeout: timeoutField('time for each of its waits').prefault('30s'),
  }),
  variants,
  restoresService: true,
  steps: async (ctx, { target, timeout }) => {
    await wayOn(variants, ctx.deployment.kind)(ctx, await chosen(ctx, target), timeout);
  },
  verify: (ctx, { timeout }) =>
    nothingWrong(ctx, 'everybody finds everybody', timeout, async () => {
      const view = await ctx.deployment.look();
      return [...disagreements(view), ...laggards(view, ctx.deployment.nodes)];
    }),
});

import { z } from 'zod';
import type { ManagedNode } from '../../topology/types.js';
import { DidNotBite, defineFault } from '../types.js';
import { oneByOne, standing } from './barrier.js';

export const failDns = defineFault({
  summary:
    'names no longer resolve for each target: what it reaches by name it can no longer reach anew, what is connected stays',
  handbook: ['2.1.2'],
  params: z.strictObject({
    how: z
      .enum(['drop', 'reject'])
      .default('drop')
      .describe(
        'drop: questions are never answered, and a resolver waits for its time-outs; reject: it is told at once',
      ),
  }),
  impact: 'none',
  needs: ['names'],
  inject: async (targets, { how }, ctx) => {
    for (const node of targets) {
      const before = await ctx.fleet.lookUp(node.container);
      if (before !== undefined) throw new DidNotBite(`${node.name} could not look up names before: ${before}`);
    }
    const containers = (left: readonly ManagedNode[]) => left.map(({ container }) => container);
    return oneByOne(targets, async (left) => standing(await ctx.fleet.breakNames(containers(left), how)));
  },
  effect: async (targets, _params, ctx, { moment }) => {
    const seen = await Promise.all(
      targets.map(async (node) => {
        const now = await ctx.fleet.lookUp(node.container);
        if (now === undefined) throw new DidNotBite(`${node.name} still looks up names`);
        return `${node.name}: a lookup ended with "${now}"`;
      }),
    );
    return { ...moment, text: seen.join('; ') };
  },
});

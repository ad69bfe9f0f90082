import { z } from 'zod';
import { MANY, targetWords } from '../../topology/target-field.js';
import type { ManagedNode } from '../../topology/types.js';
import { defineFault } from '../types.js';
import { hitBy, linksGone, linksToLose, timeTheCut, withoutMajority } from './cut.js';

export const split = defineFault({
  summary: 'split the nodes into groups that cannot reach each other; links inside a group stay up',
  handbook: ['2.1.2', '5.3'],
  params: z.strictObject({
    groups: z
      .array(z.array(targetWords).min(1).max(MANY))
      .min(1)
      .max(MANY)
      .describe('lists of targets, a list for each group; nodes that none of them names form one more group'),
  }),
  impact: 'cuts',
  needs: ['split', 'watch-detached'],
  targeted: false,
  example: { params: { groups: [['primary of shard 1', 'replica of shard 1']] } },
  inject: async (_targets, { groups }, ctx) => {
    const named: ManagedNode[][] = [];
    for (const group of groups) {
      const nodes = await ctx.resolve(group);
      named.push(nodes.filter((node) => !named.flat().includes(node)));
    }
    const rest = ctx.topology.all.filter((node) => !named.flat().includes(node));
    const all = [...named, rest].filter((group) => group.length > 0);
    const links = linksToLose(all, ctx);
    let heal: () => Promise<void> = async () => undefined;
    const pinged = all[all.length - 1]![0]!;
    const moment = await timeTheCut(pinged, ctx, async () => {
      heal = await ctx.fleet.split(all.map((group) => group.map((node) => node.container)));
    });
    const cutOff = withoutMajority(all, ctx);
    return { heal, cutOff, hits: hitBy(all, cutOff, ctx), moment, links, sizes: all.map(({ length }) => length) };
  },
  effect: (_targets, _params, ctx, injected) =>
    linksGone(injected, ctx, `split into groups of ${injected.sizes.join(' and ')}`),
});

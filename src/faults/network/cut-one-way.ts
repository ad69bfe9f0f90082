import { z } from 'zod';
import type { ManagedNode } from '../../topology/types.js';
import { defineFault } from '../types.js';
import { against, raiseAround } from './barrier.js';
import { linksGone, linksToLose, withoutMajority } from './cut.js';

export const cutOneWay = defineFault({
  summary: 'lose every packet between each target and its peers in one direction; clients still reach it',
  handbook: ['2.1.2', '5.3'],
  params: z.strictObject({
    direction: z
      .enum(['out', 'in'])
      .default('out')
      .describe('out: nobody hears the target, which hears everybody; in: it hears nobody, and everybody hears it'),
  }),
  impact: 'cuts',
  needs: ['cut'],
  inject: async (targets, { direction }, ctx) => {
    const { all } = ctx.topology;
    const rest = all.filter((node) => !targets.includes(node));
    // TCP needs both directions: a link that loses one is gone.
    const groups = [...targets.map((node) => [node]), rest];
    const links = linksToLose(groups, ctx);
    const barriers = (left: readonly ManagedNode[]) =>
      direction === 'in'
        ? left.map((at) =>
            against(
              at,
              all.filter((node) => node !== at),
            ),
          )
        : all.map((at) =>
            against(
              at,
              left.filter((node) => node !== at),
            ),
          );
    const names = targets.map((node) => node.name).join(', ');
    const raised = await raiseAround(
      targets,
      barriers,
      'drop',
      `lose what ${direction === 'in' ? 'comes to' : 'comes from'} ${names}`,
      ctx,
    );
    return { ...raised, links, cutOff: withoutMajority(groups, ctx) };
  },
  effect: (_targets, { direction }, ctx, injected) =>
    linksGone(injected, ctx, `packets ${direction === 'in' ? 'to' : 'from'} it dropped`),
});

import { z } from 'zod';
import { targetField } from '../../topology/target-field.js';
import type { ManagedNode } from '../../topology/types.js';
import { GUARDED } from '../sentinel/example.js';
import { DidNotBite, defineFault } from '../types.js';
import { between, manner, raiseAround } from './barrier.js';
import { hitBy, linksGone, linksToLose, outvoted, starvedBy } from './cut.js';

export const cutLink = defineFault({
  summary:
    'cut the links between two sets of nodes, which both still reach everybody else (a partial partition, a bridge)',
  handbook: ['2.1.2', '5.3'],
  params: z.strictObject({
    between: z
      .tuple([targetField, targetField])
      .describe('two targets, or lists of them: each node of the first loses each node of the second'),
    how: manner,
  }),
  // Who keeps a majority is not failed over, whatever it lost; who has none depends on the roles of the moment.
  impact: 'none',
  needs: ['cut'],
  targeted: false,
  // One sentinel that can't see the primary suspects it, and finds no quorum.
  variants: [{ params: { between: ['sentinel-1', 'primary of shard 1'] }, topology: GUARDED }],
  example: { params: { between: ['primary of shard 1', 'primary of shard 2'] } },
  inject: async (_targets, { between: [one, other], how }, ctx) => {
    const some = await ctx.resolve(one);
    const others = (await ctx.resolve(other)).filter((node) => !some.includes(node));
    if (others.length === 0)
      throw new DidNotBite(`${[other].flat().join(', ')} names no node that the first set does not`);
    const names = [some, others].map((nodes) => nodes.map((node) => node.name).join(', '));
    const links = linksToLose([some, others], ctx);
    const of = (side: ManagedNode[], left: readonly ManagedNode[]) => side.filter((node) => left.includes(node));
    const raised = await raiseAround(
      [...some, ...others],
      (left) => between(of(some, left), of(others, left)),
      how,
      `cut ${names[0]} off from ${names[1]}`,
      ctx,
    );
    const cuts = (a: ManagedNode, b: ManagedNode): boolean =>
      (some.includes(a) && others.includes(b)) || (some.includes(b) && others.includes(a));
    const parted = outvoted((a, b) => !cuts(a, b), ctx);
    return {
      ...raised,
      links,
      cutOff: parted,
      starved: starvedBy(cuts, ctx),
      hits: hitBy([some, others], parted, ctx),
    };
  },
  effect: (_targets, { how }, ctx, injected) =>
    linksGone(injected, ctx, `packets between them ${how === 'drop' ? 'dropped' : 'rejected'}`),
});

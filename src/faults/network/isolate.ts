import { z } from 'zod';
import { GUARDED } from '../sentinel/example.js';
import { defineFault } from '../types.js';
import { nodeByNode } from '../undo.js';
import { linksGone, linksToLose, timeTheCut, withoutMajority } from './cut.js';

export const isolate = defineFault({
  summary: 'cut each target off from all its peers (network disconnect); clients still reach it',
  handbook: ['2.1.2', '5.3'],
  params: z.strictObject({}),
  impact: 'cuts',
  needs: ['detach', 'watch-detached'],
  variants: [{ target: 'sentinel-2', topology: GUARDED }],
  inject: async (targets, _params, ctx) => {
    const rest = ctx.topology.all.filter((node) => !targets.includes(node));
    const groups = [...targets.map((node) => [node]), rest];
    const links = linksToLose(groups, ctx);
    const cutOff = withoutMajority(groups, ctx);
    const moment = await timeTheCut(targets[0]!, ctx, async () => {
      await Promise.all(targets.map((node) => node.container.detach()));
    });
    return { ...nodeByNode(targets, (node) => node.container.attach()), cutOff, moment, links };
  },
  effect: (_targets, _params, ctx, injected) => linksGone(injected, ctx, 'network disconnected'),
});

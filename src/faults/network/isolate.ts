import { z } from 'zod';
import { GUARDED } from '../sentinel/example.js';
import { defineFault } from '../types.js';
import { linksGone, timeTheCut, withoutMajority } from './cut.js';

export const isolate = defineFault({
  summary: 'cut each target off from all its peers (network disconnect); clients still reach it',
  handbook: ['2.1.2', '5.3'],
  params: z.strictObject({}),
  impact: 'cuts',
  needs: { observeDetached: true },
  variants: [{ target: 'sentinel-2', topology: GUARDED }],
  inject: async (targets, _params, ctx) => {
    const rest = ctx.topology.all.filter((node) => !targets.includes(node));
    const cutOff = withoutMajority([...targets.map((node) => [node]), rest], ctx);
    const heal = async (): Promise<void> => {
      for (const node of targets) await node.container.attach();
    };
    const moment = await timeTheCut(targets[0]!, ctx, async () => {
      await Promise.all(targets.map((node) => node.container.detach()));
    });
    return { heal, cutOff, moment, groups: [...targets.map((node) => [node]), rest] };
  },
  effect: (_targets, _params, ctx, injected) => linksGone(injected, ctx, 'network disconnected'),
});

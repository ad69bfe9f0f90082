import { z } from 'zod';
import type { ManagedNode } from '../../topology/types.js';
import { timed } from '../moment.js';
import { DidNotBite, defineFault } from '../types.js';
import { nodeByNode } from '../undo.js';
import { fellSilent } from './process.js';

export const pause = defineFault({
  summary:
    'freeze the server (cgroup freezer): TCP still connects, nothing answers, and what is buffered runs when it wakes',
  handbook: ['2.1.1'],
  params: z.strictObject({}),
  impact: 'stops',
  needs: ['freeze'],
  inject: async (targets, _params, ctx) => {
    await noneFrozen(targets);
    const moment = await timed(ctx.clock, () => Promise.all(targets.map((node) => node.container.pause())));
    return {
      moment,
      ...nodeByNode(targets, async (node) => {
        if ((await node.container.state()).status === 'paused') await node.container.unpause();
      }),
    };
  },
  effect: async (targets, _params, ctx, { requestedAt, moment }) => {
    for (const node of targets) {
      const { status } = await node.container.state();
      if (status !== 'paused') throw new DidNotBite(`${node.name} is ${status}, not paused`);
    }
    return fellSilent(targets, ctx, requestedAt, 'process frozen', moment);
  },
});

/** The engine takes a second freeze for done, and its end would end the first one too. */
async function noneFrozen(targets: readonly ManagedNode[]): Promise<void> {
  for (const node of targets)
    if ((await node.container.state()).status === 'paused') throw new DidNotBite(`${node.name} is frozen already`);
}

import { z } from 'zod';
import { DidNotBite, defineFault } from '../types.js';
import { fellSilent } from './process.js';

export const pause = defineFault({
  summary:
    'freeze the server (cgroup freezer): TCP still connects, nothing answers, and what is buffered runs when it wakes',
  handbook: ['2.1.1'],
  params: z.strictObject({}),
  impact: 'stops',
  inject: async (targets) => {
    await Promise.all(targets.map((node) => node.container.pause()));
    return {
      heal: async () => {
        for (const node of targets)
          if ((await node.container.state()).status === 'paused') await node.container.unpause();
      },
    };
  },
  effect: async (targets, _params, ctx, { requestedAt }) => {
    for (const node of targets) {
      const { status } = await node.container.state();
      if (status !== 'paused') throw new DidNotBite(`${node.name} is ${status}, not paused`);
    }
    return fellSilent(targets, ctx, requestedAt, 'process frozen');
  },
});

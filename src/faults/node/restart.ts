import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { bringUp } from '../../topology/bring-up.js';
import { defineFault } from '../types.js';
import { fellSilent, START_BUDGET, startAllAgain } from './process.js';

export const restart = defineFault({
  summary: 'stop the server and start it again at once, as a supervisor with a restart policy does',
  handbook: ['2.1.1', '5.1.3'],
  params: z.strictObject({
    grace: duration('time for an orderly shutdown before SIGKILL', { least: '1s', most: '10m' }).prefault('15s'),
    kill: z.boolean().default(false).describe('SIGKILL instead of an orderly shutdown'),
  }),
  impact: 'stops',
  comesBack: true,
  inject: async (targets, { grace, kill }, ctx) => {
    await Promise.all(
      targets.map(async (node) => {
        await (kill ? node.container.kill('SIGKILL') : node.container.stop(grace));
        await node.container.exited();
        await bringUp(node, START_BUDGET, ctx.signal);
      }),
    );
    return { heal: startAllAgain(targets) };
  },
  effect: (targets, _params, ctx, { requestedAt }) =>
    fellSilent(targets, ctx, requestedAt, 'stopped and started again'),
});

import { z } from 'zod';
import { GUARDED } from '../sentinel/example.js';
import { defineFault } from '../types.js';
import { endedWith, fellSilent, KILLED, startAllAgain } from './process.js';

export const kill = defineFault({
  summary: 'kill the server process at once (SIGKILL)',
  handbook: ['2.1.1'],
  params: z.strictObject({}),
  impact: 'stops',
  variants: [{ target: 'sentinel-3', topology: GUARDED }],
  inject: async (targets) => {
    await Promise.all(targets.map((node) => node.container.kill('SIGKILL')));
    return { heal: startAllAgain(targets) };
  },
  effect: async (targets, _params, ctx, { requestedAt }) => {
    await endedWith(targets, KILLED, 'SIGKILL');
    return fellSilent(targets, ctx, requestedAt, `process ended with exit code ${KILLED}`);
  },
});

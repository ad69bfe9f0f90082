import { z } from 'zod';
import { defineFault } from '../types.js';
import { crash, endedWith, fellSilent, SEGV, startAllAgain } from './process.js';

export const segfault = defineFault({
  summary: 'crash the server with a real invalid memory access (DEBUG SEGFAULT)',
  handbook: ['2.1.1', '7.2'],
  params: z.strictObject({}),
  impact: 'stops',
  inject: async (targets) => {
    await Promise.all(targets.map(crash));
    return { heal: startAllAgain(targets) };
  },
  effect: async (targets, _params, ctx, { requestedAt }) => {
    await endedWith(targets, SEGV, 'SIGSEGV');
    return fellSilent(targets, ctx, requestedAt, `process ended with exit code ${SEGV}`);
  },
});

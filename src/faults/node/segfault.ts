import { z } from 'zod';
import { defineFault } from '../types.js';
import { crash, SEGV, startAllAgain, watchEnd } from './process.js';

export const segfault = defineFault({
  summary: 'crash the server with a real invalid memory access (DEBUG SEGFAULT)',
  handbook: ['2.1.1', '7.2'],
  params: z.strictObject({}),
  impact: 'stops',
  inject: async (targets, _params, ctx) => {
    const proof = watchEnd(targets, SEGV, 'SIGSEGV', ctx);
    await Promise.all(targets.map(crash));
    return { heal: startAllAgain(targets), proof };
  },
  effect: (_targets, _params, _ctx, { proof }) => proof!,
});

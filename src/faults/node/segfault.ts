import { z } from 'zod';
import { defineFault } from '../types.js';
import { allRun, crash, SEGV, startedAgain, watchEnd } from './process.js';

export const segfault = defineFault({
  summary: 'crash the server with a real invalid memory access (DEBUG SEGFAULT)',
  handbook: ['2.1.1', '7.2'],
  params: z.strictObject({}),
  impact: 'stops',
  needs: ['restart'],
  inject: async (targets, _params, ctx) => {
    await allRun(targets);
    const proof = watchEnd(targets, { code: SEGV, signal: 'SIGSEGV' }, ctx);
    await Promise.all(targets.map(crash));
    return { ...startedAgain(targets), proof };
  },
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

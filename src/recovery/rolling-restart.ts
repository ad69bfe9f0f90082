import { z } from 'zod';
import { wholeAgain } from './come-back.js';
import { refusesRolling, roll, rolling } from './rolling.js';
import { defineManagedProcedure } from './types.js';

export const rollingRestart = defineManagedProcedure({
  summary: 'restart every node, one at a time: replicas first, primaries after a graceful failover to one of them',
  handbook: ['5.1.2', '5.1.3'],
  needs: ['stop', 'restart'],
  params: z.strictObject(rolling),
  forcesFailover: true,
  refuses: refusesRolling,
  steps: (ctx, params) => roll(ctx, params),
  verify: (ctx, { timeout }) => wholeAgain(ctx, timeout),
});

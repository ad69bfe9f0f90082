import { z } from 'zod';
import { ReplyError } from '../../topology/resp.js';
import { DidNotBite, defineFault } from '../types.js';
import { endedWith, fellSilent, startAllAgain } from './process.js';

/** 128 + SIGSEGV. */
const SEGV = 139;

export const segfault = defineFault({
  summary: 'crash the server with a real invalid memory access (DEBUG SEGFAULT)',
  handbook: ['2.1.1', '7.2'],
  params: z.strictObject({}),
  impact: 'stops',
  inject: async (targets) => {
    await Promise.all(
      targets.map(async (node) => {
        const connection = node.open({ timeout: 5000 });
        try {
          await connection.call(['DEBUG', 'SEGFAULT']);
        } catch (error) {
          if (error instanceof ReplyError)
            throw new DidNotBite(`${node.name} refuses DEBUG SEGFAULT: ${error.message}`);
          // No reply is what a crashed server gives.
        } finally {
          connection.close();
        }
      }),
    );
    return { heal: startAllAgain(targets) };
  },
  effect: async (targets, _params, ctx, { requestedAt }) => {
    await endedWith(targets, SEGV, 'SIGSEGV');
    return fellSilent(targets, ctx, requestedAt, `process ended with exit code ${SEGV}`);
  },
});

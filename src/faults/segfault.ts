import { z } from 'zod';
import { ReplyError } from '../topology/resp.js';
import { exitCode, fellSilent, startAllAgain } from './process.js';
import { DidNotBite, defineFault } from './types.js';

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
    const codes = await Promise.all(targets.map((node) => exitCode(node, 10_000)));
    const wrong = codes.findIndex((code) => code !== SEGV);
    if (wrong >= 0)
      throw new DidNotBite(`${targets[wrong]!.name} ended with exit code ${codes[wrong]}, not ${SEGV} (SIGSEGV)`);
    return fellSilent(targets, ctx, requestedAt, `process ended with exit code ${SEGV}`);
  },
});

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { bringUp } from '../../topology/bring-up.js';
import type { RedisNode } from '../../topology/types.js';
import { defineFault } from '../types.js';
import { crash, endedWith, fellSilent, KILLED, SEGV, START_BUDGET, startAllAgain } from './process.js';

const kinds = {
  segfault: { code: SEGV, signal: 'SIGSEGV', end: crash },
  kill: { code: KILLED, signal: 'SIGKILL', end: (node: RedisNode) => node.container.kill('SIGKILL') },
} as const;

export const crashLoop = defineFault({
  summary: 'crash the server, start it again as a supervisor does, and let it crash again',
  handbook: ['2.1.1'],
  params: z.strictObject({
    times: z
      .number()
      .int()
      .min(2)
      .max(1000)
      .optional()
      .describe('crashes until the supervisor gives up and leaves it down; default: it goes on until it is healed'),
    every: duration('time that the server lives between two crashes, from its first answer', {
      least: '50ms',
      most: '10m',
    }).prefault('1s'),
    kind: z.enum(['segfault', 'kill']).default('segfault').describe('how it dies'),
  }),
  impact: 'stops',
  example: { params: { times: 3, every: '200ms' } },
  inject: async (targets, { times, every, kind }, ctx) => {
    const { code, signal: name, end } = kinds[kind];
    const healed = new AbortController();
    const signal = AbortSignal.any([ctx.signal, healed.signal]);
    const since = ctx.clock.now();
    try {
      await Promise.all(targets.map(end));
    } catch (error) {
      await startAllAgain(targets)();
      throw error;
    }
    // Both at once: the node will answer again in a moment.
    const crashed = Promise.all([
      fellSilent(targets, ctx, since, `process ended with exit code ${code}`),
      endedWith(targets, code, name),
    ]);
    const again = async (node: RedisNode): Promise<void> => {
      await bringUp(node, START_BUDGET, signal);
      await sleep(every, undefined, { signal });
      await end(node);
      await endedWith([node], code, name);
    };
    const twice = crashed.then(() => Promise.all(targets.map(again)));
    const over = twice.then(() => Promise.all(targets.map((node) => goOn(() => again(node), times, signal))));
    const proof = crashed.then(async ([evidence]) => {
      // Healed in between, its first crash is still proven, and more were not to come.
      await (times === undefined ? twice : over).catch((error) => {
        if (!healed.signal.aborted) throw error;
      });
      return { ...evidence, text: `${evidence.text}; started again, it crashed ${times ?? 'two'} times` };
    });
    for (const promise of [proof, over]) promise.catch(() => undefined);
    return {
      proof,
      heal: async () => {
        healed.abort();
        await over.catch(() => undefined);
        await startAllAgain(targets)();
      },
    };
  },
  effect: (_targets, _params, _ctx, { proof }) => proof!,
});

/** The third crash and those after it. Without a number one that fails does not end the loop. */
async function goOn(again: () => Promise<void>, times: number | undefined, signal: AbortSignal): Promise<void> {
  if (times !== undefined) for (let n = 3; n <= times; n++) await again();
  else while (!signal.aborted) await again().catch(() => undefined);
}

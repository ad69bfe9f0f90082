import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { bringUp } from '../../topology/bring-up.js';
import type { ManagedNode } from '../../topology/types.js';
import { defineFault } from '../types.js';
import { nodeByNode } from '../undo.js';
import { allRun, crash, endedWith, KILLED, revive, SEGV, START_BUDGET, startedAgain, watchEnd } from './process.js';

const kinds = {
  segfault: { ending: { code: SEGV, signal: 'SIGSEGV' }, end: crash },
  kill: {
    ending: { code: KILLED, signal: 'SIGKILL' },
    end: (node: ManagedNode) => node.container.kill('SIGKILL'),
  },
} as const;

export const crashLoop = defineFault({
  summary: 'crash the server, start it again as a supervisor does, and let it crash again',
  handbook: ['2.1.1'],
  params: z.strictObject({
    times: z
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
  needs: ['signal', 'restart'],
  example: { params: { times: 3, every: '200ms' } },
  inject: async (targets, { times, every, kind }, ctx) => {
    await allRun(targets);
    const { ending, end } = kinds[kind];
    // The node will answer again in a moment.
    const crashed = watchEnd(targets, ending, ctx);
    try {
      await Promise.all(targets.map(end));
    } catch (error) {
      await startedAgain(targets).heal();
      throw error;
    }
    const loops = new Map(targets.map((node) => [node, loop(node)]));
    const proof = crashed.then(async (evidence) => {
      await Promise.all([...loops.values()].map(({ proven }) => proven));
      return { ...evidence, text: `${evidence.text}; started again, it crashed ${times ?? 'two'} times` };
    });
    proof.catch(() => undefined);
    return {
      proof,
      ...nodeByNode(targets, async (node) => {
        await loops.get(node)!.stop();
        await revive(node);
      }),
    };

    function loop(node: ManagedNode) {
      const healed = new AbortController();
      const signal = AbortSignal.any([ctx.signal, healed.signal]);
      const again = async (): Promise<void> => {
        await bringUp(node, START_BUDGET, signal);
        await sleep(every, undefined, { signal });
        const ended = endedWith([node], ending);
        ended.catch(() => undefined);
        await end(node);
        await ended;
      };
      const twice = crashed.then(again);
      const over = twice.then(() => goOn(again, times, signal));
      for (const promise of [twice, over]) promise.catch(() => undefined);
      // Healed in between, its first crash is still proven, and more were not to come.
      const proven = (times === undefined ? twice : over).catch((error) => {
        if (!healed.signal.aborted) throw error;
      });
      proven.catch(() => undefined);
      return {
        proven,
        stop: async () => {
          healed.abort();
          await over.catch(() => undefined);
        },
      };
    }
  },
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

/** The third crash and those after it. Without a number one that fails does not end the loop. */
async function goOn(again: () => Promise<void>, times: number | undefined, signal: AbortSignal): Promise<void> {
  if (times !== undefined) for (let n = 3; n <= times; n++) await again();
  else while (!signal.aborted) await again().catch(() => undefined);
}

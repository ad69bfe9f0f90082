import { z } from 'zod';
import { s } from '../../core/units.js';
import { until, WaitTimeout } from '../../core/until.js';
import type { ManagedNode } from '../../topology/types.js';
import { first, timed } from '../moment.js';
import { notes } from '../notes.js';
import { DidNotBite, defineFault } from '../types.js';
import { nodeByNode } from '../undo.js';

/** One period may be used up by chance; a starved server is held back again and again. */
const AGAIN = 3;
const PATIENCE = s(10);
/** What it is asked for at once, so that one with little to do has something to be held back at: some milliseconds of work. */
const WORK = Array.from({ length: 20 }, () => ['INFO', 'all']);

/** ms that its answers may take. */
const SLOW = 2000;

export const throttleCpu = defineFault({
  summary: 'give the server less CPU than it needs (cgroup quota): it runs in short bursts and stands still in between',
  handbook: ['2.1.4'],
  params: z.strictObject({
    cpus: z
      .number()
      .min(0.01)
      .max(64)
      .default(0.02)
      .describe('CPUs it may use, 0.02 for a fiftieth of one: it then runs 2 ms of each 100 ms'),
  }),
  impact: 'none',
  needs: ['limit-cpu'],
  example: { params: { cpus: 0.01 } },
  inject: async (targets, { cpus }, ctx) => {
    // It would be held back as it was before.
    const has = ctx.topology.spec.cpus;
    if (has !== undefined && cpus >= has)
      throw new DidNotBite(`the topology gives each server ${has} CPUs, which is no more`);
    // How often it had been held back before.
    const before = notes<number>();
    for (const node of targets) before.set(node, (await node.container.throttled()).times);
    const moments = await Promise.all(targets.map((node) => timed(ctx.clock, () => node.container.limit({ cpus }))));
    return {
      before,
      moment: first(moments),
      ...nodeByNode(targets, (node) => node.container.limit({ cpus: 'as created' })),
    };
  },
  effect: async (targets, { cpus }, ctx, { before, moment }) => {
    const texts = await Promise.all(targets.map((node) => heldBack(node, before.of(node), ctx.signal)));
    return { ...moment, text: `only ${cpus} CPUs: ${texts.join('; ')}` };
  },
});

async function heldBack(node: ManagedNode, already: number, signal: AbortSignal): Promise<string> {
  try {
    const { times, time } = await until(
      async () => {
        await Promise.allSettled(WORK.map((command) => node.call(command, { timeout: SLOW })));
        return node.container.throttled();
      },
      (seen) => seen.times - already >= AGAIN,
      { describe: `${node.name} is held back`, within: PATIENCE, every: 200, signal },
    );
    return `${node.name}, given some work, was held back ${times - already} times, for ${Math.round(time)} ms in all`;
  } catch (error) {
    if (error instanceof WaitTimeout) throw new DidNotBite(`${node.name} needs no more CPU than it was left`);
    throw error;
  }
}

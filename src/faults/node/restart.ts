import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { s } from '../../core/units.js';
import { WaitTimeout } from '../../core/until.js';
import { bringUp } from '../../topology/bring-up.js';
import type { RedisNode } from '../../topology/types.js';
import { defineFault } from '../types.js';
import { allRun, exitCode, START_BUDGET, startedAgain, watchEnd } from './process.js';

export const restart = defineFault({
  summary: 'stop the server and start it again at once, as a supervisor with a restart policy does',
  handbook: ['2.1.1', '5.1.3'],
  params: z.strictObject({
    grace: duration('time for an orderly shutdown before SIGKILL', { least: '1s', most: '10m' }).prefault('15s'),
    kill: z.boolean().default(false).describe('SIGKILL instead of an orderly shutdown'),
  }),
  impact: 'stops',
  comesBack: true,
  inject: async (targets, { grace, kill }, ctx) => {
    await allRun(targets);
    const within = grace + s(5);
    const proof = watchEnd(targets, { within, what: 'stopped and started again' }, ctx);
    await Promise.all(
      targets.map(async (node) => {
        const ended = exitCode(node, within);
        await Promise.all([ended, kill ? node.container.kill('SIGKILL') : node.container.stop(grace)]);
        await begin(node, ctx.signal);
      }),
    );
    return { ...startedAgain(targets), proof };
  },
  effect: (_targets, _params, _ctx, { proof }) => proof!,
});

/** A server that loads for longer than anybody waits here was restarted all the same: when it answers is what is measured. */
async function begin(node: RedisNode, signal: AbortSignal): Promise<void> {
  try {
    await bringUp(node, START_BUDGET, signal);
  } catch (error) {
    if (!(error instanceof WaitTimeout) || (await node.container.state()).status !== 'running') throw error;
  }
}

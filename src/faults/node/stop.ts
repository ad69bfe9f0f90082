import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { defineFault } from '../types.js';
import { exitCode, fellSilent, startAllAgain } from './process.js';

export const stop = defineFault({
  summary: 'shut the server down in an orderly way (SIGTERM) and leave it down',
  handbook: ['2.1.1'],
  params: z.strictObject({
    // shutdown-timeout (Redis 7.0) is 10 s: a shorter grace would turn the stop into a kill.
    grace: duration('time for an orderly shutdown before SIGKILL', { least: '1s', most: '10m' }).prefault('15s'),
  }),
  impact: 'stops',
  inject: async (targets, { grace }) => {
    await Promise.all(targets.map((node) => node.container.stop(grace)));
    return { heal: startAllAgain(targets) };
  },
  effect: async (targets, { grace }, ctx, { requestedAt }) => {
    const codes = await Promise.all(targets.map((node) => exitCode(node, grace + 5000)));
    return fellSilent(targets, ctx, requestedAt, `process ended with exit code ${codes.join(', ')}`);
  },
});

import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { s } from '../../core/units.js';
import { defineFault } from '../types.js';
import { allRun, startedAgain, watchEnd } from './process.js';

export const stop = defineFault({
  summary: 'shut the server down in an orderly way (SIGTERM) and leave it down',
  handbook: ['2.1.1'],
  params: z.strictObject({
    // shutdown-timeout (Redis 7.0) is 10 s: a shorter grace would turn the stop into a kill.
    grace: duration('time for an orderly shutdown before SIGKILL', { least: '1s', most: '10m' }).prefault('15s'),
  }),
  impact: 'stops',
  needs: ['stop', 'restart'],
  asks: true,
  inject: async (targets, { grace }, ctx) => {
    await allRun(targets);
    const proof = watchEnd(targets, { within: grace + s(5) }, ctx);
    await Promise.all(targets.map((node) => node.container.stop(grace)));
    return { ...startedAgain(targets), proof };
  },
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

import { z } from 'zod';
import { GUARDED } from '../sentinel/example.js';
import { defineFault } from '../types.js';
import { allRun, KILLED, startedAgain, watchEnd } from './process.js';

export const kill = defineFault({
  summary: 'kill the server process at once (SIGKILL)',
  handbook: ['2.1.1'],
  params: z.strictObject({}),
  impact: 'stops',
  needs: ['signal', 'restart'],
  variants: [{ target: 'sentinel-3', topology: GUARDED }],
  inject: async (targets, _params, ctx) => {
    await allRun(targets);
    const proof = watchEnd(targets, { code: KILLED, signal: 'SIGKILL' }, ctx);
    await Promise.all(targets.map((node) => node.container.kill('SIGKILL')));
    return { ...startedAgain(targets), proof };
  },
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

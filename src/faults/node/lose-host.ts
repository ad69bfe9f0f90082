import { z } from 'zod';
import { DidNotBite, defineFault } from '../types.js';
import { reversible } from '../undo.js';
import { allRun, KILLED, startedAgain, watchEnd } from './process.js';

export const loseHost = defineFault({
  summary:
    'the whole host is gone at once: its network says nothing more, no FIN, no reset, no answer to who has its address, and the server is dead',
  handbook: ['2.1.1'],
  params: z.strictObject({}),
  impact: 'stops',
  needs: ['vanish', 'signal', 'restart'],
  inject: (targets, _params, ctx) =>
    reversible(async (undo) => {
      await allRun(targets);
      undo(startedAgain(targets).heal);
      // First the network, so that the end of the server is told to nobody.
      const gone = await ctx.fleet.vanish(targets.map(({ container }) => container));
      undo(gone.undo);
      const what = `host gone, its process ended with exit code ${KILLED}`;
      const ended = watchEnd(targets, { code: KILLED, signal: 'SIGKILL', what }, ctx);
      await Promise.all(targets.map((node) => node.container.kill('SIGKILL')));
      const proof = ended.then(({ text }) => {
        const heard = /[^;]*(?:ECONNREFUSED|ECONNRESET|connection closed)/.exec(text)?.[0];
        if (heard !== undefined) throw new DidNotBite(`something answered for the host: ${heard.trim()}`);
        return { at: (gone.from + gone.to) / 2, uncertainty: (gone.to - gone.from) / 2, text };
      });
      proof.catch(() => undefined);
      return { proof };
    }),
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

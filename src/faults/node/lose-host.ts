import { z } from 'zod';
import { DidNotBite, defineFault } from '../types.js';
import { reversible } from '../undo.js';
import { allRun, KILLED, startedAgain, watchEnd } from './process.js';

/** Taken down, a device forgets the routes by it. Kept beside the namespace, under the name of this change. */
const UNPLUG = `
kept="/tmp/$1-$OWNER"
[ -e "$kept" ] || ip route save > "$kept"
ip -o link show | while IFS=': ' read -r _ device _; do
  device=\${device%@*}
  [ "$device" = lo ] || ip link set dev "$device" down
done
`;

const PLUG = `
kept="/tmp/$1-$OWNER"
ip -o link show | while IFS=': ' read -r _ device _; do
  device=\${device%@*}
  [ "$device" = lo ] || ip link set dev "$device" up
done
[ -e "$kept" ] || exit 0
ip route restore < "$kept" 2>/dev/null || :
rm -f "$kept"
`;

export const loseHost = defineFault({
  summary:
    'the whole host is gone at once: its network says nothing more, no FIN, no reset, no answer to who has its address, and the server is dead',
  handbook: ['2.1.1'],
  params: z.strictObject({}),
  impact: 'stops',
  needs: ['cut', 'signal', 'restart'],
  inject: (targets, _params, ctx) =>
    reversible(async (undo) => {
      await allRun(targets);
      undo(startedAgain(targets).heal);
      // First the network, so that the end of the server is told to nobody.
      const {
        from,
        to,
        undo: plug,
      } = await ctx.fleet.change({
        what: 'take its network devices down',
        on: UNPLUG,
        off: PLUG,
        at: targets.map(({ container }) => ({ container, args: [] })),
      });
      undo(plug);
      const what = `host gone, its process ended with exit code ${KILLED}`;
      const ended = watchEnd(targets, { code: KILLED, signal: 'SIGKILL', what }, ctx);
      await Promise.all(targets.map((node) => node.container.kill('SIGKILL')));
      const proof = ended.then(({ text }) => {
        const heard = /[^;]*(?:ECONNREFUSED|ECONNRESET|connection closed)/.exec(text)?.[0];
        if (heard !== undefined) throw new DidNotBite(`something answered for the host: ${heard.trim()}`);
        return { at: (from + to) / 2, uncertainty: (to - from) / 2, text };
      });
      proof.catch(() => undefined);
      return { proof };
    }),
  effect: (_targets, _params, _ctx, { proof }) => proof,
});

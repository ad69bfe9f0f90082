import { z } from 'zod';
import { s } from '../../core/units.js';
import { until, WaitTimeout } from '../../core/until.js';
import { withSlots } from '../../deployment/kinds.js';
import { linesOf, speaksOf } from '../../server/membership.js';
import { targetWords } from '../../topology/target-field.js';
import { DidNotBite, defineFault } from '../types.js';

/** A handshake that has not come about by then was dropped (cluster-node-timeout, at least a second). */
const HANDSHAKE = s(15);

export const meetStrangers = defineFault({
  summary:
    'CLUSTER MEET a node of another cluster by mistake: the two become one, both claim every slot, and who holds the lower epoch loses its slots, and with them its keys',
  handbook: ['5.1.3', '5.3.2'],
  params: z.strictObject({
    from: targetWords.default('primary of shard 1').describe('the node that is told to meet it'),
  }),
  impact: 'none',
  kinds: withSlots,
  lasting: true,
  targetParams: ['from'],
  example: { target: 'stranger-1', topology: { strangers: { count: 1, epoch: 0 } } },
  supports: ({ topology }) => topology.strangers !== undefined || 'there is no other cluster; write topology.strangers',
  inject: async (targets, { from }, ctx) => {
    const [teller] = await ctx.resolve(from);
    const wrong = targets.find(({ initial }) => initial.role !== 'stranger');
    if (wrong) throw new DidNotBite(`${wrong.name} is no stranger`);
    for (const node of targets)
      if ((await linesOf(teller!)).some((line) => speaksOf(line, node, node.id)))
        throw new DidNotBite(`${teller!.name} knows ${node.name} already`);
    const begun = ctx.clock.now();
    for (const { announced } of targets) await teller!.call(['CLUSTER', 'MEET', announced.host, announced.port]);
    try {
      await until(
        async () => {
          const lines = await linesOf(teller!);
          return targets.filter((node) => !lines.some((line) => speaksOf(line, node, node.id)));
        },
        (missing) => missing.length === 0,
        { describe: `${teller!.name} knows the strangers`, within: HANDSHAKE, every: 10, signal: ctx.signal },
      );
    } catch (error) {
      if (error instanceof WaitTimeout) throw new DidNotBite(error.message);
      throw error;
    }
    const at = ctx.clock.now();
    return {
      heal: async () => undefined,
      moment: { at: (begun + at) / 2, uncertainty: (at - begun) / 2 },
      seen: `${teller!.name} has met ${targets.map(({ name }) => name).join(', ')}`,
      hits: [teller!],
    };
  },
  effect: async (_targets, _params, _ctx, { moment, seen }) => ({
    ...moment,
    text: seen,
  }),
});

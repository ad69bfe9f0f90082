import { DidNotBite, defineFault } from '../types.js';
import { asSeen, carryOut, pickKeys, someKeys, transaction } from './deed.js';

const VALUE = 'overwritten by redrill';

/** SET replaces a value of any type: a hash or a list becomes a text, and its readers get WRONGTYPE. */
export const overwriteKeys = defineFault({
  summary: 'SET keys of a primary to another value, as a program with a wrong key name does; nothing undoes it',
  handbook: ['2.1.3'],
  params: someKeys,
  impact: 'none',
  lasting: true,
  loses: 'overwritten by an operator',
  example: { params: { pattern: '*', count: 1 } },
  inject: (targets, params, ctx) =>
    carryOut(targets, ctx, async (connection, node) => {
      const keys = await pickKeys(connection, node, params, ctx);
      const from = ctx.clock.now();
      // A transaction for each: keys of different slots can't be in one.
      const replies = await Promise.all(
        keys.map((key) =>
          transaction(connection, [
            ['SET', key, VALUE],
            ['GET', key],
          ]),
        ),
      );
      const changed = replies.filter(([, value]) => value === VALUE).length;
      if (changed < keys.length) throw new DidNotBite(`${node.name} changed ${changed} of ${keys.length} keys`);
      return { from, text: `${changed} keys overwritten` };
    }),
  effect: asSeen,
});

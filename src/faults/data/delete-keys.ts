import { DidNotBite, defineFault } from '../types.js';
import { asSeen, carryOut, pickKeys, someKeys } from './deed.js';

export const deleteKeys = defineFault({
  summary:
    'delete keys of a primary and its replicas, as a clean-up script with a wrong pattern does; nothing undoes it',
  handbook: ['2.1.3'],
  params: someKeys,
  impact: 'none',
  lasting: true,
  loses: 'deleted by an operator',
  example: { params: { pattern: '*', count: 1 } },
  inject: (targets, params, ctx) =>
    carryOut(targets, ctx, async (connection, node) => {
      const keys = await pickKeys(connection, node, params, ctx);
      const from = ctx.clock.now();
      const replies = await Promise.all(keys.map((key) => connection.call(['DEL', key])));
      const gone = replies.filter((reply) => Number(reply) === 1).length;
      if (gone === 0) throw new DidNotBite(`the keys of ${node.name} were gone already`);
      return { from, text: `${gone} keys deleted` };
    }),
  effect: asSeen,
});

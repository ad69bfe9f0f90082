import { z } from 'zod';
import { DidNotBite, defineFault } from '../types.js';
import { asSeen, carryOut, transaction } from './deed.js';

/** Replicas are no backup: they execute it too. In a cluster it reaches one shard only, which is why whole fleets of them are run. */
export const flushall = defineFault({
  summary: 'delete every key of a primary and its replicas, as an accidental FLUSHALL does; nothing undoes it',
  handbook: ['2.1.3'],
  params: z.strictObject({}),
  impact: 'none',
  lasting: true,
  loses: 'deleted by an operator',
  inject: (targets, _params, ctx) =>
    carryOut(targets, ctx, async (connection, node) => {
      const before = Number(await connection.call(['DBSIZE']));
      if (before === 0) throw new DidNotBite(`${node.name} holds no key to delete`);
      const from = ctx.clock.now();
      // The next client makes a new key.
      const [, left] = await transaction(connection, [['FLUSHALL'], ['DBSIZE']]);
      if (Number(left) !== 0) throw new DidNotBite(`${node.name} still holds ${left} keys after FLUSHALL`);
      return { from, text: `FLUSHALL deleted ${before} keys` };
    }),
  effect: asSeen,
});

import { z } from 'zod';
import { withSlots } from '../../deployment/kinds.js';
import { tell } from '../../server/migration/bring.js';
import { factsOf } from '../../server/migration/facts.js';
import { countKeys, setSlot } from '../../server/migration/wire.js';
import { timed } from '../moment.js';
import { DidNotBite, defineFault } from '../types.js';
import { reversible } from '../undo.js';
import { fromField, keyNames, putKeys, slotBetween, slotField, toField, twoShards, wholeAgain } from './slot.js';

export const strayKeys = defineFault({
  summary:
    'put keys of a slot on a node that does not own it, as a migration does that was rolled back: nobody can reach them',
  handbook: ['5.7'],
  params: z.strictObject({
    slot: slotField,
    from: fromField,
    to: toField.describe('primary that gets them; default: primary of shard 2, or of shard 1 if that owns the slot'),
    keys: z.int().min(1).max(100_000).default(20).describe('how many; the heal removes them'),
  }),
  impact: 'none',
  leavesState: true,
  targeted: false,
  kinds: withSlots,
  supports: twoShards,
  example: { params: { slot: 42, keys: 20 } },
  inject: (_targets, params, ctx) =>
    reversible(async (undo) => {
      const slot = await slotBetween(params, ctx);
      const { number, source, target } = slot;
      const names = keyNames(number, params.keys, 'stray');
      undo(wholeAgain(number, names, ctx.topology));
      const before = await countKeys(target, number);
      await setSlot(target, number, 'IMPORTING', source);
      await putKeys(target, names, true);
      const moment = await timed(ctx.clock, () => setSlot(target, number, 'STABLE'));
      return { hits: [source, target], before, slot, moment };
    }),
  effect: async (_targets, { keys }, ctx, { moment, slot, before }) => {
    const { number, source, target } = slot;
    const { holders } = await factsOf(number, ctx.topology);
    const told = `slot ${number}: ${holders.map(tell).join('; ')}`;
    const at = (name: string) => holders.find(({ node }) => node === name);
    if (!at(source.name)?.owns || (at(target.name)?.keys ?? 0) - before < keys)
      throw new DidNotBite(`no stray keys: ${told}`);
    return { ...moment, text: `${keys} stray keys: ${told}` };
  },
});

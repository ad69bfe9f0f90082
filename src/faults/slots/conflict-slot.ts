import { z } from 'zod';
import { s } from '../../core/units.js';
import { withSlots } from '../../deployment/kinds.js';
import { tell } from '../../server/migration/bring.js';
import { factsOf, type Holder } from '../../server/migration/facts.js';
import { setSlot } from '../../server/migration/wire.js';
import { keepDoing, OVER } from '../background.js';
import { type Noticed, noticed } from '../noticed.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { reversible } from '../undo.js';
import {
  fromField,
  keyNames,
  keysField,
  putKeys,
  type SlotHit,
  slotBetween,
  slotField,
  sweepReplicas,
  toField,
  twoShards,
  wholeAgain,
} from './slot.js';

/** ms between two claims: gossip takes the slot back within some hundred. */
const AGAIN = 20;
const SEEN = s(10);

export const conflictSlot = defineFault({
  summary:
    'let a second primary claim a slot (SETSLOT NODE on the wrong node): two owners, and the epoch decides whose keys go',
  handbook: ['5.7'],
  params: z.strictObject({
    slot: slotField,
    from: fromField,
    to: toField.describe(
      'primary that claims it too; default: primary of shard 2, or of shard 1 if that owns the slot',
    ),
    keys: keysField,
    wins: z
      .boolean()
      .default(false)
      .describe(
        'the claimant has the higher epoch: it gets the slot, and the owner deletes its keys. Without: the owner has, the claimant loses the slot and what it was given, and claims it again until the fault is healed',
      ),
  }),
  impact: 'none',
  targeted: false,
  kinds: withSlots,
  supports: twoShards,
  example: { params: { slot: 42 } },
  variants: [{ params: { slot: 43, wins: true } }],
  inject: (_targets, params, ctx) =>
    reversible(async (undo) => {
      const slot = await slotBetween(params, ctx);
      const { number, source, target } = slot;
      const names = keyNames(number, params.keys);
      undo(() => sweepReplicas(number, names, ctx.topology));
      undo(wholeAgain(number, names, ctx.topology));
      await putKeys(source, names);
      const { holders } = await factsOf(number, ctx.topology);
      if (holders.find(({ node }) => node === target.name)?.owns)
        throw new DidNotBite(`${target.name} claims slot ${number} already`);
      await (params.wins ? target : source).call(['CLUSTER', 'BUMPEPOCH']);
      const since = ctx.clock.now();
      if (params.wins) await claim(slot);
      else undo(keepDoing(AGAIN, () => claimAgain(slot, ctx)).stop);
      const moment = await disputed(slot, params, ctx, since);
      return { hits: [source, target], slot, moment, seen: holders.map(tell).join('; ') };
    }),
  effect: async (_targets, params, ctx, { moment, seen, slot, requestedAt }) => {
    const { value } = await disputed(slot, params, ctx, requestedAt);
    const { at, uncertainty } = moment;
    return { at, uncertainty, text: `slot ${slot.number}: ${value.map(tell).join('; ')} (before: ${seen})` };
  },
});

const claim = ({ number, target }: SlotHit): Promise<string> => setSlot(target, number, 'NODE', target);

/** A claimant that was replaced, and is a replica now, can claim nothing. */
async function claimAgain(slot: SlotHit, ctx: FaultContext): Promise<unknown> {
  if (ctx.view().nodes.get(slot.target.name)?.role !== 'replica') return claim(slot);
  ctx.over(`${slot.target.name} leads no more`);
  return OVER;
}

/** Both claim it in the same look; or, where the claimant wins, the owner has given it up. */
const disputed = (
  { number, source, target }: SlotHit,
  { wins }: { wins: boolean },
  ctx: FaultContext,
  since: number,
): Promise<Noticed<Holder[]>> =>
  noticed(
    ctx,
    { describe: `${source.name} and ${target.name} dispute slot ${number}`, within: SEEN, every: 5, since },
    async () => {
      const { holders } = await factsOf(number, ctx.topology);
      const owns = (name: string): boolean => holders.find(({ node }) => node === name)?.owns === true;
      const found = owns(target.name) && owns(source.name) !== wins;
      return { found: found ? holders : undefined, seen: holders.map(tell).join('; ') };
    },
  );

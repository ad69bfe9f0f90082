import { z } from 'zod';
import { s } from '../../core/units.js';
import { withSlots } from '../../deployment/kinds.js';
import { ownerByTable } from '../../deployment/table-facts.js';
import type { ManagedNode } from '../../topology/types.js';
import { timed } from '../moment.js';
import { noticed } from '../noticed.js';
import { defineFault, type FaultContext } from '../types.js';
import { reversible } from '../undo.js';
import { fromField, keyNames, keysField, putKeys, slotBetween, slotField, wholeAgain } from './slot.js';

/** A node that has not forgotten the slot yet may teach it to one that has. */
const FORGOTTEN = s(15);

export const unownSlot = defineFault({
  summary: 'take a slot away from everybody (DELSLOTS on every node): nobody owns it, its keys stay where they are',
  handbook: ['5.7'],
  params: z.strictObject({ slot: slotField, from: fromField, keys: keysField }),
  impact: 'none',
  leavesState: true,
  targeted: false,
  kinds: withSlots,
  example: { params: { slot: 42 } },
  inject: (_targets, params, ctx) =>
    reversible(async (undo) => {
      const { number, source } = await slotBetween(params, ctx);
      const names = keyNames(number, params.keys);
      undo(wholeAgain(number, names, ctx.topology));
      await putKeys(source, names);
      // The owner first: as long as it claims the slot the others learn it again.
      const moment = await timed(ctx.clock, () => source.call(['CLUSTER', 'DELSLOTS', number]));
      await forgottenByAll(number, ctx);
      return { hits: [source], slot: { number, source }, moment };
    }),
  effect: async (_targets, _params, ctx, { moment, slot, requestedAt }) => {
    const { value } = await noticed(
      ctx,
      { describe: `no node knows an owner of slot ${slot.number}`, within: FORGOTTEN, since: requestedAt },
      async () => {
        const knowing = await whoKnows(slot.number, ctx);
        return knowing.length === 0
          ? { found: await assigned(slot.source), seen: '' }
          : { seen: `${knowing.map(({ name }) => name).join(', ')} still knows one` };
      },
    );
    return {
      ...moment,
      text: `nobody owns slot ${slot.number}; ${slot.source.name} says cluster_slots_assigned:${value}`,
    };
  },
});

async function forgottenByAll(slot: number, ctx: FaultContext): Promise<void> {
  await noticed(
    ctx,
    { describe: `every node forgets the owner of slot ${slot}`, within: FORGOTTEN, since: ctx.clock.now() },
    async () => {
      const knowing = await whoKnows(slot, ctx);
      await Promise.all(knowing.map((node) => node.call(['CLUSTER', 'DELSLOTS', slot]).catch(() => undefined)));
      return { found: knowing.length === 0 ? true : undefined, seen: `${knowing.length} nodes know it` };
    },
  );
}

async function whoKnows(slot: number, { topology }: FaultContext): Promise<ManagedNode[]> {
  const { nodes } = await topology.look();
  return topology.nodes.filter(({ name }) => {
    const view = nodes.get(name);
    return view?.reachable === true && ownerByTable(view.peers, slot) !== undefined;
  });
}

async function assigned(node: ManagedNode): Promise<string> {
  const info = String(await node.call(['CLUSTER', 'INFO']));
  return /cluster_slots_assigned:(\d+)/.exec(info)?.[1] ?? '?';
}

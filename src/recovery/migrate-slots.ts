import { z } from 'zod';
import { duration } from '../core/fields.js';
import { s } from '../core/units.js';
import { until } from '../core/until.js';
import { traitsOf } from '../deployment/kinds.js';
import { slotsIn } from '../deployment/slots.js';
import { hasAtomic } from '../server/migration/atomic.js';
import { mendSlot } from '../server/migration/mend.js';
import { countKeys } from '../server/migration/wire.js';
import { ownerNow, slotOwnerNow } from '../server/owners.js';
import type { Endpoint } from '../server/types.js';
import { targetWords } from '../topology/target-field.js';
import { timeoutField } from './fields.js';
import { atOnce, type Move } from './hand-over.js';
import { wrongWithSlots } from './repair-slots.js';
import { namedSlots, slotsField, slotsInWords } from './slots-field.js';
import { defineProcedure, type ProcedureContext } from './types.js';

/** ms. */
const ATTEMPTS = 250;
/** What gossip settles by itself is gone after that. */
const GOSSIP = s(5);

/**
 * A migration that loses one of its sides goes on with the node that took its place: giving up half-way leaves what
 * repair-slots is for.
 */
export const migrateSlots = defineProcedure({
  summary:
    'move slots to another primary, as one job of the server (CLUSTER MIGRATESLOTS) or key by key (SETSLOT, MIGRATE)',
  handbook: ['5.7'],
  params: z.strictObject({
    slots: slotsField
      .default(100)
      .describe('how many, from the first of `from` on; or which: "100-199", or a list such as [42, "50-60"]'),
    from: targetWords
      .optional()
      .describe('primary that owns them; default: the owner of `slots`, else primary of shard 1'),
    to: targetWords.optional().describe("default: primary of shard 2, or of shard 1 if that is `from`'s"),
    how: z
      .enum(['atomic', 'legacy'])
      .optional()
      .describe(
        'atomic: one job of the server; legacy: slot by slot, key by key; default: atomic where the server has it',
      ),
    batch: z.int().min(1).max(10_000).default(100).describe('legacy: keys in one MIGRATE, which blocks both servers'),
    pause: duration('legacy: time between two of them', { least: '0ms', most: '1m' }).prefault('0ms'),
    timeout: timeoutField('time for one slot, or for one job, to be moved and agreed on').prefault('60s'),
  }),
  refuses: (_params, { kind, shards }) =>
    !traitsOf(kind).hasSlots
      ? { param: 'procedure', why: 'slots are those of a cluster' }
      : shards < 2
        ? { param: 'procedure', why: 'a slot needs a second primary to move to, and the topology has one shard' }
        : undefined,
  steps: async (ctx, params) => {
    const move = await chosen(params, ctx);
    const { slots, from, toward } = move;
    const atomic = howOf(params.how, [from, await toward()]) === 'atomic';
    await ctx.step(
      `Look at slots ${slotsInWords(slots)} before they move`,
      { node: from.name, command: 'CLUSTER NODES' },
      async () => {
        await wholeWithin(GOSSIP, ctx);
        return `${slots.length} slots with ${await keysIn(slots, from)} keys on ${from.name}, to ${(await toward()).name}`;
      },
    );
    if (atomic) await atOnce(move, params.timeout, ctx);
    else for (const slot of slots) await keyByKey(slot, move, params, ctx);
    await ctx.step(`Look at slots ${slotsInWords(slots)} where they are now`, { command: 'CLUSTER NODES' }, () =>
      moved(move, params.timeout, ctx),
    );
  },
  verify: (ctx, { timeout }) => wholeWithin(timeout, ctx),
});

type Params = z.infer<typeof migrateSlots.params>;

async function chosen({ slots: written, from, to }: Params, ctx: ProcedureContext): Promise<Move> {
  const { deployment } = ctx;
  const view = await deployment.look();
  const named = namedSlots(written);
  const owners = [...new Set(named?.map((slot) => slotOwnerNow(slot, view, deployment)))];
  if (owners.length > 1)
    throw new Error(`slots ${slotsInWords(named!)} are owned by ${owners.join(' and ')}: name those of one`);
  const source = await one(from ?? owners[0] ?? 'primary of shard 1', ctx);
  if (owners[0] !== undefined && owners[0] !== source.name)
    throw new Error(`slots ${slotsInWords(named!)} are owned by ${owners[0]}, not by ${source.name}`);
  const own = slotsIn(view.nodes.get(source.name)?.peers.get(source.name)?.slots ?? []);
  const slots = named ?? own.slice(0, written as number);
  if (named === undefined && slots.length < (written as number))
    throw new Error(`${source.name} owns ${own.length} slots, which is less than ${written}`);
  const [second, first] = [await one('primary of shard 2', ctx), await one('primary of shard 1', ctx)];
  const target = to === undefined ? (second === source ? first : second) : await one(to, ctx);
  if (target === source) throw new Error(`${source.name} has them already`);
  const shard = deployment.shards.find((one) => ownerNow(one.shard, view, deployment) === target.name)?.shard;
  const toward = async (): Promise<Endpoint> =>
    shard === undefined ? target : deployment.node(ownerNow(shard, await deployment.look(), deployment));
  return { slots, from: source, toward };
}

async function one(words: string, ctx: ProcedureContext): Promise<Endpoint> {
  const nodes = await ctx.resolve(words);
  if (nodes.length !== 1) throw new Error(`"${words}" means ${nodes.length} nodes, and it takes one`);
  return nodes[0]!;
}

function howOf(wanted: Params['how'], sides: readonly Endpoint[]): 'atomic' | 'legacy' {
  const without = sides.find(({ server }) => !hasAtomic(server));
  if (wanted === 'atomic' && without)
    throw new Error(
      `${without.name} runs ${without.server.product} ${without.server.version}: CLUSTER MIGRATESLOTS came with Valkey 9.0; how: legacy does without it`,
    );
  return wanted ?? (without ? 'legacy' : 'atomic');
}

const keysIn = async (slots: readonly number[], node: Endpoint): Promise<number> =>
  (await Promise.all(slots.map((slot) => countKeys(node, slot)))).reduce((sum, keys) => sum + keys, 0);

async function wholeWithin(within: number, { deployment, signal }: ProcedureContext): Promise<void> {
  await until(
    () => wrongWithSlots(deployment),
    (wrong) => wrong === undefined,
    { describe: 'every slot is whole', within, every: ATTEMPTS, signal, show: String },
  );
}

/** Steps within would be too many: for each slot there are at least five. */
async function keyByKey(slot: number, { from, toward }: Move, params: Params, ctx: ProcedureContext): Promise<void> {
  const { batch, pause, timeout: within } = params;
  const detail = { node: from.name, command: 'SETSLOT IMPORTING, MIGRATING; MIGRATE … KEYS …; SETSLOT NODE' };
  await ctx.step(`Move slot ${slot}`, detail, async () => {
    const { deployment, signal } = ctx;
    const to = async (): Promise<string> => (await toward()).name;
    const { holders } = await mendSlot(slot, deployment, {
      toward: to,
      pace: { batch, pause },
      within,
      every: ATTEMPTS,
      signal,
    });
    const owner = holders.find(({ owns }) => owns)!;
    return `${owner.node} owns it, with ${owner.keys} keys`;
  });
}

async function moved(
  { slots, toward }: Move,
  within: number,
  { deployment, signal }: ProcedureContext,
): Promise<string> {
  const target = await toward();
  const elsewhere = async (): Promise<number[]> => {
    const view = await deployment.look();
    return slots.filter((slot) => slotOwnerNow(slot, view, deployment) !== target.name);
  };
  await until(elsewhere, ({ length }) => length === 0, {
    describe: `the majority holds ${target.name} for their owner`,
    within,
    every: ATTEMPTS,
    signal,
    show: (left) => `not of ${slotsInWords(left)}`,
  });
  return `${slots.length} slots with ${await keysIn(slots, target)} keys on ${target.name}`;
}

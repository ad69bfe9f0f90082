import { z } from 'zod';
import { percent } from '../../core/fields.js';
import { withSlots } from '../../deployment/kinds.js';
import { tell } from '../../server/migration/bring.js';
import { factsOf, type Holder } from '../../server/migration/facts.js';
import { AT_ONCE, countKeys, moveKeys, setSlot } from '../../server/migration/wire.js';
import { type Timed, timed } from '../moment.js';
import { KILLED, watchEnd } from '../node/process.js';
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
  toField,
  twoShards,
  wholeAgain,
} from './slot.js';

/** Where it stops, in the order of a migration; the first two are what is left when one side never heard of it. */
const steps = {
  'target-importing': 'only the target was told (IMPORTING)',
  'source-migrating': 'only the source was told (MIGRATING)',
  'both-open': 'both were told, no key was moved',
  'keys-moving': 'a part of the keys was moved',
  'keys-moved': 'all keys were moved, nobody was told that it is over',
  'node-on-target': 'only the target was told that it owns the slot',
  'node-on-source': 'only the source was told: it sends clients to the target, and the target sends them back',
} as const;
type Step = keyof typeof steps;
const order = Object.keys(steps) as Step[];
const from = (step: Step, other: Step): boolean => order.indexOf(step) >= order.indexOf(other);

/** ms for all keys of the slot to be moved. */
const MOVED = 30_000;

const params = z.strictObject({
  slot: slotField,
  from: fromField,
  to: toField,
  step: z
    .enum(order as [Step, ...Step[]])
    .default('keys-moving')
    .describe(
      `where it stops: ${Object.entries(steps)
        .map(([name, text]) => `${name}, ${text}`)
        .join('; ')}`,
    ),
  keys: keysField,
  moved: percent("how many of the slot's keys are moved, at `keys-moving`", { least: '1%', most: '99%' }).prefault(
    '50%',
  ),
  crash: z.enum(['source', 'target']).optional().describe('which node is killed at that moment (SIGKILL)'),
});
type Params = z.infer<typeof params>;

export const abortMigration = defineFault({
  summary: 'break off the migration of a slot (SETSLOT, MIGRATE) at one of its steps, or crash a side of it there',
  handbook: ['5.7'],
  params,
  impact: 'none',
  needs: ['signal', 'restart'],
  leavesState: true,
  targeted: false,
  kinds: withSlots,
  supports: twoShards,
  example: { params: { slot: 42, step: 'keys-moving' } },
  variants: [
    ...order.filter((step) => step !== 'keys-moving').map((step) => ({ params: { step } })),
    // Where nobody writes: after a failover on Redis clients create keys anew that have moved, and the two differ.
    { params: { slot: 44, crash: 'source' } },
    { params: { slot: 44, step: 'node-on-source', crash: 'target' } },
  ],
  inject: (_targets, params, ctx) =>
    reversible(async (undo) => {
      const hit = await slotBetween(params, ctx);
      await closed(hit, ctx);
      const names = keyNames(hit.number, params.keys);
      const victim = params.crash && hit[params.crash];
      undo(wholeAgain(hit.number, names, ctx.topology, victim ? [victim] : []));
      await putKeys(hit.source, names);
      const moment = await goAsFarAs(hit, params, ctx);
      if (!victim) return { slot: hit, hits: [hit.source, hit.target], moment, proof: undefined };
      const proof = watchEnd(
        [victim],
        { code: KILLED, signal: 'SIGKILL', what: `killed when ${steps[params.step]}` },
        ctx,
      );
      await victim.container.kill('SIGKILL');
      return { slot: hit, hits: [victim], moment, proof };
    }),
  effect: async (_targets, params, ctx, { slot, moment, proof }) => {
    if (proof) return proof;
    return { ...moment, text: await stateLeft(slot, params, ctx) };
  },
});

/** What another migration left open would be taken for this one's. */
async function closed({ number }: SlotHit, { topology }: FaultContext): Promise<void> {
  const { holders } = await factsOf(number, topology);
  if (holders.some(({ migratingTo, importingFrom }) => migratingTo ?? importingFrom))
    throw new DidNotBite(`slot ${number} is open already: ${holders.map(tell).join('; ')}`);
}

/** @returns the moment of its last command. */
async function goAsFarAs(
  { number, source, target }: SlotHit,
  { step, moved }: Params,
  { clock, signal }: FaultContext,
): Promise<Timed> {
  let moment = { at: clock.now(), uncertainty: 0 };
  const last = async (command: () => Promise<unknown>): Promise<void> => {
    moment = await timed(clock, command);
  };
  if (step !== 'source-migrating') await last(() => setSlot(target, number, 'IMPORTING', source));
  if (step !== 'target-importing') await last(() => setSlot(source, number, 'MIGRATING', target));
  if (from(step, 'keys-moving')) {
    const keys = await countKeys(source, number);
    const limit = step === 'keys-moving' ? part(keys, moved, number) : Number.POSITIVE_INFINITY;
    const late = AbortSignal.timeout(MOVED);
    await last(() =>
      moveKeys(source, target, number, { ...AT_ONCE, limit, signal: AbortSignal.any([signal, late]) }),
    ).catch((error: unknown) => {
      if (late.aborted)
        throw new DidNotBite(`the keys of slot ${number} do not leave ${source.name}`, { cause: error });
      throw error;
    });
  }
  if (step === 'node-on-target') await last(() => setSlot(target, number, 'NODE', target));
  if (step === 'node-on-source') await last(() => setSlot(source, number, 'NODE', target));
  return moment;
}

/** Some, but not all. */
function part(keys: number, share: number, slot: number): number {
  if (keys < 2) throw new DidNotBite(`slot ${slot} has ${keys} keys: too few to move only a part of them`);
  return Math.min(keys - 1, Math.max(1, Math.round(keys * share)));
}

/** The state that this step leaves, as both sides tell it. */
async function stateLeft({ number, source, target }: SlotHit, { step }: Params, ctx: FaultContext): Promise<string> {
  const { holders } = await factsOf(number, ctx.topology);
  const [left, right] = [source, target].map(({ name }) => holders.find(({ node }) => node === name));
  if (!left || !right) throw new DidNotBite(`${left ? target.name : source.name} is no primary any more`);
  const told = `slot ${number}: ${tell(left)}; ${tell(right)}`;
  if (!leaves[step](left, right)) throw new DidNotBite(`${steps[step]}, but ${told}`);
  return `${steps[step]}: ${told}`;
}

const open = (source: Holder, target: Holder): boolean =>
  source.migratingTo === target.node && target.importingFrom === source.node;

const leaves: Record<Step, (source: Holder, target: Holder) => boolean> = {
  'target-importing': (source, target) => target.importingFrom === source.node && source.migratingTo === undefined,
  'source-migrating': (source, target) => source.migratingTo === target.node && target.importingFrom === undefined,
  'both-open': open,
  'keys-moving': (source, target) => open(source, target) && source.keys > 0 && target.keys > 0,
  'keys-moved': (source, target) => open(source, target) && source.keys === 0,
  // Gossip may have told the source meanwhile what nobody told it.
  'node-on-target': (_, target) => target.owns && target.importingFrom === undefined,
  // On Redis nobody owns it then. On Valkey 8 and newer the importing target notices that it was given away, and takes it.
  'node-on-source': (source, target) => !source.owns && source.believes === target.node,
};

import { z } from 'zod';
import { messageOf } from '../../core/errors.js';
import { withSlots } from '../../deployment/kinds.js';
import { exportSlots, hasAtomic, isOver, jobOf } from '../../server/migration/atomic.js';
import { tell } from '../../server/migration/bring.js';
import { factsOf } from '../../server/migration/facts.js';
import type { ManagedNode } from '../../topology/types.js';
import { type Timed, timed } from '../moment.js';
import { between, raise } from '../network/barrier.js';
import { KILLED, watchEnd } from '../node/process.js';
import { noticed } from '../noticed.js';
import { changeSettings } from '../settings.js';
import { DidNotBite, defineFault, type FaultContext, type Heal } from '../types.js';
import { reversible } from '../undo.js';
import { held, heldStates, reached } from './hold-job.js';
import {
  fromField,
  keyNames,
  putKeys,
  type SlotHit,
  slotBetween,
  slotField,
  toField,
  twoShards,
  wholeAgain,
} from './slot.js';

/** A side that lost the other one notices when it hears nothing, or when its time is up. */
const NOTICED = 30_000;

/** s. */
const REPL_TIMEOUT = 2;

const ways = {
  cancel: 'CLUSTER CANCELSLOTMIGRATIONS at the source',
  'source-crash': 'the source is killed (SIGKILL)',
  'target-crash': 'the target is killed',
  cut: 'the connection between them is cut',
} as const;
type Way = keyof typeof ways;

export const abortAtomicMigration = defineFault({
  summary:
    "break off the server's own migration of a slot (CLUSTER MIGRATESLOTS) in one of its states, or crash a side of it there",
  handbook: ['5.7'],
  params: z.strictObject({
    slot: slotField,
    from: fromField,
    to: toField,
    state: z
      .enum(heldStates)
      .default('replicating')
      .describe(
        `where it is broken off: ${Object.entries(held)
          .map(([name, { text }]) => `${name}, ${text}`)
          .join('; ')}`,
      ),
    by: z
      .enum(Object.keys(ways) as [Way, ...Way[]])
      .default('cancel')
      .describe(
        Object.entries(ways)
          .map(([name, text]) => `${name}: ${text}`)
          .join('; '),
      ),
    keys: z
      .int()
      .min(1)
      .max(100_000)
      .default(20)
      .describe('keys that are put into the slot first, and removed by the heal'),
  }),
  impact: 'none',
  leavesState: true,
  needs: ['cut', 'signal', 'freeze', 'restart'],
  targeted: false,
  kinds: withSlots,
  supports: (env) => {
    const { server } = env;
    if (server && !hasAtomic(server))
      return `CLUSTER MIGRATESLOTS came with Valkey 9.0, and this is ${server.product} ${server.version}; abort-migration works everywhere`;
    return twoShards(env);
  },
  example: { params: { slot: 42 } },
  variants: [
    ...heldStates.filter((state) => state !== 'replicating').map((state) => ({ params: { state } })),
    { params: { by: 'cut' } },
    { params: { state: 'snapshotting', by: 'cut' } },
    { params: { state: 'snapshotting', by: 'target-crash' } },
    { params: { state: 'granted', by: 'source-crash' } },
  ],
  inject: (_targets, { state, by, keys, ...which }, ctx) =>
    reversible(async (undo) => {
      const hit = await slotBetween(which, ctx);
      const { number, source, target } = hit;
      const names = keyNames(number, keys);
      const victim = by === 'source-crash' ? source : by === 'target-crash' ? target : undefined;
      undo(wholeAgain(number, names, ctx.topology, victim ? [victim] : []));
      await putKeys(source, names);
      const release = await held[state].hold(hit);
      undo(release);
      const job = await exportSlots(source, target, [[number, number]]).catch((error: unknown) => {
        throw new DidNotBite(messageOf(error), { cause: error });
      });
      undo(() => cancel(source, job));
      await reached(job, state, source, ctx);
      const what = `broken off while ${held[state].text}`;
      const proof = victim && watchEnd([victim], { code: KILLED, signal: 'SIGKILL', what }, ctx);
      const { moment, mend } = await end(by, hit, ctx, undo);
      const alive = [source, target].filter((node) => node !== victim);
      // A frozen target learns of it when it is thawed; any other hold must last until nobody is left to go on.
      if (state === 'connecting') await release();
      const ends = await Promise.all(alive.map((node) => overAt(node, job, ctx)));
      await release();
      await mend?.();
      const hits = victim ? [victim] : [source, target];
      return { slot: hit, hits, moment, seen: `${what}: ${ends.join('; ')}`, proof };
    }),
  effect: async (_targets, { keys }, ctx, { slot, seen, moment, proof }) => {
    if (!proof) return { ...moment, text: `${seen}; ${await whole(slot, keys, ctx)}` };
    const evidence = await proof;
    return { ...evidence, text: `${evidence.text}; ${seen}` };
  },
});

/** `mend`: what need not last longer than the migration. */
async function end(
  by: Way,
  { source, target }: SlotHit,
  ctx: FaultContext,
  undo: (step: Heal) => void,
): Promise<{ moment: Timed; mend?: Heal }> {
  const at = (work: () => Promise<unknown>) => timed(ctx.clock, work);
  if (by === 'source-crash') return { moment: await at(() => source.container.kill('SIGKILL')) };
  if (by === 'target-crash') return { moment: await at(() => target.container.kill('SIGKILL')) };
  if (by === 'cancel') return { moment: await at(() => source.call(['CLUSTER', 'CANCELSLOTMIGRATIONS'])) };
  // While the source sends nothing no reset comes back, and either side waits for its repl-timeout, a minute by default.
  const { heal, moment } = await reversible(async (step) => {
    for (const node of [source, target]) step(await changeSettings(node, { 'repl-timeout': REPL_TIMEOUT }));
    const barriers = between([source], [target], target.announced.port);
    const raised = await raise(barriers, 'reject', `cut ${source.name} off from ${target.name}`, ctx);
    step(raised.heal);
    return { moment: raised.moment };
  });
  undo(heal);
  return { moment, mend: heal };
}

/** Only while it runs: by then the server may have others. */
async function cancel(source: ManagedNode, name: string): Promise<void> {
  const job = await jobOf(source, name).catch(() => undefined);
  if (job && !isOver(job)) await source.call(['CLUSTER', 'CANCELSLOTMIGRATIONS']);
}

/** A target may never have heard of it. @throws DidNotBite for a migration that succeeded. */
async function overAt(node: ManagedNode, name: string, ctx: FaultContext): Promise<string> {
  const { value } = await noticed(
    ctx,
    { describe: `${node.name} ends its migration`, within: NOTICED, since: ctx.clock.now() },
    async () => {
      const job = await jobOf(node, name);
      if (job?.state === 'success') throw new DidNotBite(`${node.name} has finished it`);
      if (!job) return { found: `${node.name} knows of none`, seen: '' };
      const told = `${node.name} says ${job.state}${job.message ? ` (${job.message.replace(/\.?$/, ')')}` : ''}`;
      return { found: isOver(job) ? told : undefined, seen: told };
    },
  );
  return value;
}

/** Nothing is left to repair: one owner, all keys there, none at the target. */
async function whole({ number, source, target }: SlotHit, keys: number, ctx: FaultContext): Promise<string> {
  const { value } = await noticed(
    ctx,
    { describe: `slot ${number} is as it was`, within: NOTICED, since: ctx.clock.now() },
    async () => {
      const { holders } = await factsOf(number, ctx.topology);
      const at = (name: string) => holders.find(({ node }) => node === name);
      const asItWas =
        at(source.name)?.owns === true &&
        at(source.name)!.keys >= keys &&
        at(target.name)?.keys === 0 &&
        holders.every(({ believes }) => believes === source.name);
      const told = `slot ${number}: ${holders.map(tell).join('; ')}`;
      return { found: asItWas ? told : undefined, seen: told };
    },
  );
  return value;
}

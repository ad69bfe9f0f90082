import { z } from 'zod';
import { until } from '../core/until.js';
import { slotMaps, slotsCovered } from '../deployment/consensus.js';
import { SLOTS, slotsIn } from '../deployment/slots.js';
import { claimSlot, tell } from '../server/migration/bring.js';
import { type SlotFacts, survey } from '../server/migration/facts.js';
import { mendSlot, whereTo } from '../server/migration/mend.js';
import { keysIn } from '../server/migration/wire.js';
import type { Deployment, Endpoint } from '../server/types.js';
import { timeoutField } from './fields.js';
import { slotsInWords } from './slots-field.js';
import { defineProcedure, type ProcedureContext } from './types.js';

/** ms: what gossip settles by itself is gone after that. */
const GOSSIP = 500;
const ATTEMPTS = 250;
/** Keys of a slot that are read back one by one. */
const READ_BACK = 10_000;

/**
 * SETSLOT NODE back to the source (handbook 5.7) would orphan the keys that have moved. What was begun is finished; only
 * what was merely opened, without a key at the target, is closed. Which of the two it is, the keys decide.
 */
export const repairSlots = defineProcedure({
  summary:
    'find open, unowned and doubly owned slots and stray keys; finish or close each, on every node, and read it back',
  handbook: ['5.7'],
  params: z.strictObject({
    timeout: timeoutField('time for one slot to be whole again').prefault('60s'),
  }),
  restoresService: true,
  steps: async (ctx, { timeout }) => {
    let troubled: SlotFacts[] = [];
    await ctx.step('Look at every slot of every primary', { command: LOOK }, async () => {
      troubled = await inTrouble(ctx, timeout);
      return troubled.length === 0 ? 'all of them are whole' : troubled.map(describe).join('\n');
    });
    // With full coverage required, one slot without an owner makes every node refuse every key, and MIGRATE with them.
    for (const facts of troubled.filter(({ holders }) => holders.every(({ owns }) => !owns)))
      await claimSlot(facts, whereTo(facts).to, ctx.deployment, { run: ctx.step });
    for (const facts of troubled) await repair(facts, ctx, timeout);
  },
  verify: async (ctx, { timeout }) => {
    await until(
      () => wrongWithSlots(ctx.deployment),
      (wrong) => wrong === undefined,
      { describe: 'every slot is whole', within: timeout, every: ATTEMPTS, signal: ctx.signal, show: String },
    );
  },
});

/** A node that is down and owns nothing is another procedure's business. */
export async function wrongWithSlots(deployment: Deployment): Promise<string | undefined> {
  const moving = await stillMoving(deployment);
  if (moving !== undefined) return moving;
  const [troubled] = await survey(deployment);
  if (troubled) return describe(troubled);
  const view = await deployment.look();
  const covered = slotsCovered(view, deployment.kind);
  if (covered !== SLOTS) return `${covered} of ${SLOTS} slots have an owner that answers`;
  const maps = slotMaps(view.nodes.values()).size;
  return maps === 1 ? undefined : `the nodes hold ${maps} different slot maps`;
}

/** While the server itself moves slots the target holds keys of theirs already, which are no stray ones. */
async function stillMoving(deployment: Deployment): Promise<string | undefined> {
  const { nodes } = await deployment.look();
  const busy = [...nodes.values()].find(({ handing = [] }) => handing.length > 0);
  return busy && `${busy.node} is still moving slots ${slotsInWords(slotsIn(busy.handing!))}`;
}

const LOOK = 'CLUSTER NODES, CLUSTER COUNTKEYSINSLOT';

const describe = ({ slot, holders }: SlotFacts): string => `slot ${slot}: ${holders.map(tell).join('; ')}`;

/** Two looks that agree: what is only on its way by gossip needs no repair. */
async function inTrouble({ deployment, signal }: ProcedureContext, within: number): Promise<SlotFacts[]> {
  let last: string | undefined;
  let troubled: SlotFacts[] = [];
  await until(
    async () => {
      const moving = await stillMoving(deployment);
      if (moving !== undefined) throw new Error(moving);
      troubled = await survey(deployment);
      for (const facts of troubled) whereTo(facts);
      const before = last;
      last = troubled.map(({ slot }) => slot).join(' ');
      return last === before;
    },
    (same) => same,
    {
      describe: 'it is known which slots are in trouble, and where they belong',
      within,
      every: GOSSIP,
      signal,
      show: () => `slots ${last}`,
    },
  );
  return troubled;
}

async function repair(facts: SlotFacts, ctx: ProcedureContext, within: number): Promise<void> {
  const { slot } = facts;
  const { to, kind, why } = whereTo(facts);
  const verb = { forward: 'finish its migration to', close: 'close it on', claim: 'give it to' }[kind];
  ctx.note({ title: `Slot ${slot}: ${verb} ${to}`, node: to, output: why });
  const keys = await keysOf(facts, ctx);
  const { run, every, signal } = { run: ctx.step, every: ATTEMPTS, signal: ctx.signal };
  const { holders } = await mendSlot(slot, ctx.deployment, { run, every, signal, within });
  const owner = ctx.deployment.node(holders.find(({ owns }) => owns)!.node);
  const detail = { node: owner.name, command: 'EXISTS' };
  await ctx.step(`Find the ${keys.length} keys of slot ${slot} on ${owner.name}`, detail, () => readBack(keys, owner));
}

async function keysOf({ slot, holders }: SlotFacts, { deployment }: ProcedureContext): Promise<string[]> {
  const lists = await Promise.all(holders.map(({ node }) => keysIn(deployment.node(node), slot, READ_BACK)));
  return [...new Set(lists.flat())].slice(0, READ_BACK);
}

/** @throws Error when the owner does not have, or does not serve, a key that some node held before. */
async function readBack(keys: readonly string[], owner: Endpoint): Promise<string> {
  const connection = owner.open({ timeout: 10_000 });
  try {
    const found = await Promise.all(keys.map((key) => connection.call(['EXISTS', Buffer.from(key, 'latin1')])));
    const missing = keys.filter((_, i) => found[i] !== 1);
    if (missing.length > 0)
      throw new Error(`${missing.length} of ${keys.length} keys are gone: ${missing.slice(0, 3).join(', ')}`);
    return 'all of them are there';
  } finally {
    connection.close();
  }
}

/** What the slot faults share: which slot between which primaries, the keys they put into it, and making it whole again. */
import { z } from 'zod';
import { s } from '../../core/units.js';
import { until } from '../../core/until.js';
import { SLOTS, slotOf, tagFor, watchedTag } from '../../deployment/slots.js';
import type { ClusterView } from '../../deployment/types.js';
import { factsOf } from '../../server/migration/facts.js';
import { mendSlot } from '../../server/migration/mend.js';
import { ask, KeyConflict, keysIn, setSlot } from '../../server/migration/wire.js';
import { slotOwnerNow } from '../../server/owners.js';
import { bringUp } from '../../topology/bring-up.js';
import { targetWords } from '../../topology/target-field.js';
import type { ManagedNode, Topology } from '../../topology/types.js';
import { DidNotBite, type Environment, type FaultContext } from '../types.js';

/** A crashed node has to start, and a slot to be agreed on. */
const WHOLE_AGAIN = s(60);

export const slotField = z
  .int()
  .min(0)
  .max(SLOTS - 1)
  .optional()
  .describe('hash slot; default: the one of `from` that probes, load and canaries write to');
export const keysField = z
  .int()
  .min(0)
  .max(100_000)
  .default(20)
  .describe('keys that are put into the slot first, and removed again by the heal');
export const fromField = targetWords
  .optional()
  .describe('primary that owns the slot; default: the owner of `slot`, else primary of shard 1');
export const toField = targetWords
  .optional()
  .describe("default: primary of shard 2, or of shard 1 if that is the slot's");

export const twoShards = ({ topology }: Environment): true | string =>
  topology.shards > 1 || 'a slot needs a second primary to move to, and the topology has one shard';

export interface SlotHit {
  number: number;
  source: ManagedNode;
  target: ManagedNode;
}

/** Resolved when the fault fires. */
export async function slotBetween(
  { slot, from, to }: { slot?: number | undefined; from?: string | undefined; to?: string | undefined },
  ctx: FaultContext,
): Promise<SlotHit> {
  const view = await ctx.topology.look();
  const named = from === undefined ? undefined : await one(from, ctx);
  const number = slot ?? watchedSlot(named, view, ctx.topology);
  const owner = slotOwnerNow(number, view, ctx.topology);
  if (named && owner !== named.name) throw new DidNotBite(`slot ${number} is owned by ${owner}, not by ${named.name}`);
  const source = ctx.topology.node(owner);
  const [second, first] = await Promise.all([one('primary of shard 2', ctx), one('primary of shard 1', ctx)]);
  const target = to === undefined ? (second === source ? first : second) : await one(to, ctx);
  if (target === source) throw new DidNotBite(`${source.name} can't be both sides of slot ${number}`);
  return { number, source, target };
}

async function one(words: string, ctx: FaultContext): Promise<ManagedNode> {
  const nodes = await ctx.resolve(words);
  if (nodes.length !== 1) throw new DidNotBite(`"${words}" means ${nodes.length} nodes, and it takes one`);
  return nodes[0]!;
}

/** Of all slots of a shard the watched one has the shortest tag: as long as it stays, the node's shortest tag is the same. */
function watchedSlot(owner: ManagedNode | undefined, { nodes }: ClusterView, topology: Topology): number {
  const slots = owner && nodes.get(owner.name)?.peers.get(owner.name)?.slots;
  return slotOf(`{${watchedTag(slots && slots.length > 0 ? { slots } : topology.shards[0]!)}}`);
}

export const keyNames = (slot: number, count: number, kind = 'slot'): string[] => {
  const tag = tagFor((candidate) => candidate === slot);
  return Array.from({ length: count }, (_, i) => `{${tag}}:redrill:${kind}:${i}`);
};

/** `asking`: a node takes a key of a slot that it does not own only while it imports the slot, and only after ASKING. */
export async function putKeys(node: ManagedNode, names: readonly string[], asking = false): Promise<void> {
  const connection = node.open({ timeout: 10_000 });
  try {
    await Promise.all(
      names.flatMap((name) => [
        ...(asking ? [connection.call(['ASKING'])] : []),
        connection.call(['SET', name, `value of ${name}`]),
      ]),
    );
  } finally {
    connection.close();
  }
}

/**
 * Starts what was crashed, finishes or closes the slot, and takes the fault's own keys away. Does nothing to a slot that a
 * procedure has repaired already.
 */
export const wholeAgain =
  (slot: number, names: readonly string[], topology: Topology, crashed: readonly ManagedNode[] = []) =>
  async (): Promise<void> => {
    for (const node of crashed) await bringUp(node, WHOLE_AGAIN);
    // What all agree on may be over a moment later: a primary that was just started refuses every key for a while, and what
    // it claimed before may come back with it.
    let conflict: KeyConflict | undefined;
    await until(
      async () => {
        try {
          const { holders } = await mendSlot(slot, topology, { within: WHOLE_AGAIN });
          const owner = topology.node(holders.find(({ owns }) => owns)!.node);
          if (names.length > 0) await owner.call(['DEL', ...names], { timeout: 10_000 });
        } catch (error) {
          // Nobody but the owner of the data can say which value is right, however often it is tried.
          if (!(error instanceof KeyConflict)) throw error;
          conflict = error;
        }
      },
      () => true,
      { describe: `slot ${slot} is whole again`, within: WHOLE_AGAIN, every: 50 },
    );
    if (conflict) throw conflict;
  };

/**
 * A primary that loses a slot deletes its keys, on Redis 7.0 and older without telling its replicas. What they have left of
 * the fault's own keys goes when the primary has them once more and deletes them.
 */
export async function sweepReplicas(slot: number, names: readonly string[], topology: Topology): Promise<void> {
  const { nodes } = await topology.look();
  const { holders } = await factsOf(slot, topology);
  const owner = topology.node(holders.find(({ owns }) => owns)!.node);
  for (const replica of topology.nodes) {
    const self = nodes.get(replica.name)?.peers.get(replica.name);
    if (self?.role !== 'replica' || self.primary === undefined || self.primary === owner.name) continue;
    const left = (await keysIn(replica, slot, names.length + 1)).filter((key) => names.includes(key));
    const primary = topology.node(self.primary);
    if (left.length === 0) continue;
    await setSlot(primary, slot, 'IMPORTING', owner);
    for (const key of left) {
      await ask(primary, ['SET', key, '']);
      await ask(primary, ['DEL', key]);
    }
    await setSlot(primary, slot, 'STABLE');
  }
}

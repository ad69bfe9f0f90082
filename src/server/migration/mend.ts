/** Slots that go where they belong, whatever state they are in: repaired, or moved, until every primary agrees. */
import { until } from '../../core/until.js';
import type { Deployment } from '../types.js';
import { bringSlot, quietly, type Run, tell } from './bring.js';
import { type Decision, decide } from './decide.js';
import { factsOf, isTroubled, type SlotFacts } from './facts.js';
import { AT_ONCE, KeyConflict, type Pace } from './wire.js';

interface Mending {
  run?: Run;
  pace?: Pace;
  /** Where it is to go, asked anew for each attempt; default: where its keys and its owners say. */
  toward?: () => Promise<string>;
  /** ms. */
  within: number;
  /** ms between two attempts. */
  every?: number;
  signal?: AbortSignal | undefined;
}

/** Also while nodes come and go: what fails is looked at anew and tried again until the time is over. */
export async function mendSlot(slot: number, topology: Deployment, mending: Mending): Promise<SlotFacts> {
  const { run = quietly, pace = AT_ONCE, toward, within, every = 50, signal } = mending;
  let done = false;
  let conflict: KeyConflict | undefined;
  let closing: string | undefined;
  // MIGRATE runs on an open slot only: once the first attempt has opened a node for its stray keys, the slot looks like a
  // migration to that node.
  const home = (seen: SlotFacts): string => {
    const { to, kind } = whereTo(seen);
    if (kind !== 'close' && seen.holders.some(({ node, owns }) => owns && node === closing)) return closing!;
    closing = kind === 'close' ? to : undefined;
    return to;
  };
  const facts = await until(
    async () => {
      const seen = await factsOf(slot, topology);
      const to = await toward?.();
      const owner = seen.holders.find(({ owns }) => owns)?.node;
      done = !isTroubled(seen) && seen.silent.length === 0 && (to === undefined || owner === to);
      if (done) return seen;
      const decided = home(seen);
      try {
        await bringSlot(seen, to ?? decided, topology, { run, pace: { ...pace, signal } });
      } catch (error) {
        // No second attempt makes two values equal.
        if (!(error instanceof KeyConflict)) throw error;
        conflict = error;
      }
      return seen;
    },
    () => done || conflict !== undefined,
    {
      describe: `slot ${slot} is closed and every primary agrees on its owner`,
      within,
      every,
      signal,
      show: ({ holders }) => holders.map(tell).join('; '),
    },
  );
  if (conflict) throw conflict;
  return facts;
}

/** @throws Error while it can't be known. */
export function whereTo(facts: SlotFacts): Decision {
  const { slot, silent, replaced } = facts;
  if (silent.length > 0)
    throw new Error(
      `slot ${slot}: ${silent.join(', ')} does not answer, so nobody knows which keys it holds; start it first`,
    );
  if (replaced !== undefined) throw new Error(`slot ${slot}: ${replaced} has not learnt yet that it was replaced`);
  const decision = decide(facts);
  if (!decision) throw new Error(`slot ${slot}: no primary answers`);
  return decision;
}

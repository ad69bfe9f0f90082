/** States of an atomic slot migration in which it can be held, so that something can be done to it there. */

import { jobOf } from '../../server/migration/atomic.js';
import { NoReply } from '../../server/no-reply.js';
import { ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import { noticed } from '../noticed.js';
import { changeSettings } from '../settings.js';
import { DidNotBite, type FaultContext, type Heal } from '../types.js';
import type { SlotHit } from './slot.js';

/** µs for each key of a snapshot: one of them is enough to hold it until the job is ended. */
const KEY_DELAY = 10_000_000;
const REACHED = 10_000;

interface Held {
  /** The source's own words for it. */
  states: readonly string[];
  text: string;
  hold(hit: SlotHit): Promise<Heal>;
}

/** In the order of a migration. */
export const held = {
  connecting: {
    states: ['reading-establish-response'],
    text: 'the source has asked the target, which does not answer',
    hold: async ({ target }) => {
      await target.container.pause();
      return async () => {
        if ((await target.container.state()).status === 'paused') await target.container.unpause();
      };
    },
  },
  snapshotting: {
    states: ['snapshotting'],
    text: 'the source is sending the keys',
    hold: ({ source }) => changeSettings(source, { 'rdb-key-save-delay': KEY_DELAY }),
  },
  replicating: {
    states: ['waiting-to-pause'],
    text: 'the target has all keys, and gets what is written to them',
    hold: ({ source }) => prevent(source, 'PREVENT-PAUSE'),
  },
  granted: {
    states: ['failover-granted'],
    text: 'writes are paused, and the target may take the slot',
    hold: ({ target }) => prevent(target, 'PREVENT-FAILOVER'),
  },
} as const satisfies Record<string, Held>;
export type HeldState = keyof typeof held;
export const heldStates = Object.keys(held) as [HeldState, ...HeldState[]];

async function prevent(node: ManagedNode, what: string): Promise<Heal> {
  try {
    await node.call(['DEBUG', 'SLOTMIGRATION', what, 1]);
  } catch (error) {
    if (error instanceof ReplyError) throw new DidNotBite(`${node.name} refuses DEBUG SLOTMIGRATION: ${error.message}`);
    throw error;
  }
  return async () => {
    // A process that is gone took it with it.
    await node.call(['DEBUG', 'SLOTMIGRATION', what, 0]).catch(async (error: unknown) => {
      if (!(error instanceof NoReply) || (await node.container.state()).status !== 'exited') throw error;
    });
  };
}

export async function reached(job: string, state: HeldState, source: ManagedNode, ctx: FaultContext): Promise<void> {
  const { states, text }: Held = held[state];
  await noticed(
    ctx,
    { describe: `${source.name} says that ${text}`, within: REACHED, every: 5, since: ctx.clock.now() },
    async () => {
      const seen = await jobOf(source, job);
      return { found: seen && states.includes(seen.state) ? seen : undefined, seen: seen?.state ?? 'no such job' };
    },
  );
}

/** Slots that a server hands over as one job, as often as it takes: the atomic way of migrate-slots. */

import { rangesOf } from '../core/ranges.js';
import { formatDuration } from '../core/units.js';
import { until } from '../core/until.js';
import { exportSlots, isOver, jobOf } from '../server/migration/atomic.js';
import { slotOwnerNow } from '../server/owners.js';
import type { Endpoint } from '../server/types.js';
import { slotsInWords } from './slots-field.js';
import type { ProcedureContext } from './types.js';

/** ms between two attempts, and between two looks at one. */
const ATTEMPTS = 1000;
const POLL = 20;

export interface Move {
  slots: readonly number[];
  from: Endpoint;
  /** Who leads the target's shard now. */
  toward(): Promise<Endpoint>;
}

/** A job that failed is begun anew, by whoever owns the slots then; one that somebody cancelled is not. */
export async function atOnce({ slots, toward }: Move, within: number, ctx: ProcedureContext): Promise<void> {
  const { deployment, signal } = ctx;
  let cancelled: string | undefined;
  await until(
    async () => {
      const [target, view] = [await toward(), await deployment.look()];
      const left = slots.filter((slot) => slotOwnerNow(slot, view, deployment) !== target.name);
      const [first] = left;
      if (first === undefined) return 0;
      const source = deployment.node(slotOwnerNow(first, view, deployment));
      const mine = left.filter((slot) => slotOwnerNow(slot, view, deployment) === source.name);
      cancelled = await job(source, target, mine, within, ctx);
      return left.length;
    },
    (left) => left === 0 || cancelled !== undefined,
    {
      describe: `slots ${slotsInWords(slots)} have moved`,
      within,
      every: ATTEMPTS,
      signal,
      show: (left) => `${left} slots are left`,
    },
  );
  if (cancelled) throw new Error(cancelled);
}

/** @returns why there is no use in another attempt. */
async function job(
  source: Endpoint,
  target: Endpoint,
  slots: readonly number[],
  within: number,
  { step, signal, clock }: ProcedureContext,
): Promise<string | undefined> {
  const command = `CLUSTER MIGRATESLOTS SLOTSRANGE ${rangesOf(slots).flat().join(' ')} NODE ${target.name}`;
  const since = clock.now();
  let cancelled: string | undefined;
  await step(`Let ${source.name} hand them over to ${target.name}`, { node: source.name, command }, async () => {
    const name = await exportSlots(source, target, rangesOf(slots));
    const states: string[] = [];
    const end = await until(
      async () => {
        // A source that is gone has forgotten its jobs.
        const seen = await jobOf(source, name).catch(() => undefined);
        if (seen && states.at(-1) !== seen.state) states.push(seen.state);
        return seen;
      },
      (seen) => seen === undefined || isOver(seen),
      { describe: `${source.name} ends its migration`, within, every: POLL, signal, show: (seen) => seen?.state ?? '' },
    );
    const told = `${states.join(', ')}${end?.message ? `: ${end.message}` : ''}, after ${formatDuration(clock.now() - since)}`;
    if (end?.state === 'cancelled') cancelled = `somebody cancelled the migration of ${source.name}: ${told}`;
    if (end?.state !== 'success') throw new Error(told);
    return told;
  }).catch((error: unknown) => {
    if (cancelled === undefined) throw error;
  });
  return cancelled;
}

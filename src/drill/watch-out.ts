/** Carries out `never`: what must not come to be so is watched for all the time, and what nobody could see is not known. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../core/errors.js';
import { formatDuration } from '../core/units.js';
import type { StepRecord } from '../recording/deeds.js';
import { NotSaved } from '../scenarios/steps/values.js';
import type { NeverStep } from '../scenarios/types.js';
import { formatWhen } from '../scenarios/when.js';
import { baselineNow, lineBetween, watchFor } from './events.js';
import type { Found } from './found.js';
import type { Drill } from './types.js';

/** ms between two looks at what is known anyway. */
export const LOOK = 10;

/** What came of a step: `why` where it did not come as expected. `unknown`: it could not be found out. */
export interface Outcome {
  met: boolean;
  unknown?: boolean;
  seen?: string;
  why?: string;
}

/**
 * What must not be so has to be looked for all the time: where it could not be seen for longer than a look takes, nobody knows
 * whether it was. Log lines are read once more at the end, all of them.
 */
export async function watchOut(step: NeverStep, drill: Drill, record: StepRecord): Promise<Outcome> {
  const { clock, observer, signal } = drill;
  const before = baselineNow(drill);
  const end = before.t + step.for;
  const patience = Math.max(1000, 20 * observer.every);
  const watches = step.conditions.map((event) => ({
    event,
    watch: watchFor(event, drill, before),
    seenAt: before.t,
    looked: false,
    told: '',
  }));
  let blind: string | undefined;
  for (let last = false; ; ) {
    signal.throwIfAborted();
    record.attempts++;
    for (const one of watches) {
      const { holds, text } = tryTo(one.watch);
      if (holds === true)
        return {
          met: false,
          seen: text,
          why: `${formatWhen(one.event)}, after ${formatDuration(clock.now() - before.t)}: ${text}`,
        };
      const asOf = Math.max(before.t, Math.min(clock.now(), ...[...observer.views().values()].map(({ t }) => t)));
      if (asOf - one.seenAt > patience || (last && end - one.seenAt > patience))
        blind ??= `${formatWhen(one.event)}: nobody could see it for ${formatDuration(asOf - one.seenAt)}: ${text}`;
      one.told = text;
      if (holds !== false) continue;
      one.looked ||= asOf > before.t;
      one.seenAt = asOf;
    }
    if (last) break;
    last = clock.now() >= end;
    if (last) await youngerLooks(drill, end);
    else await sleep(LOOK, undefined, { signal });
  }
  const { line, mute } = await lineBetween(step.conditions, drill, before.t, end);
  if (line !== undefined) return { met: false, seen: line, why: line };
  if (mute !== undefined) blind ??= nothingRead(mute);
  // A short watch is over before patience is: one look at least must have been able to tell.
  const never = watches.find(({ looked }) => !looked);
  if (never) blind ??= `${formatWhen(never.event)}: nobody could see it: ${never.told}`;
  if (blind !== undefined) return { met: false, unknown: true, why: blind };
  return { met: true, seen: `not in ${formatDuration(step.for)}, ${record.attempts} looks` };
}

export const nothingRead = (node: string): string =>
  `${node} has printed nothing that redrill could read: where does it log to?`;

/** A state that speaks of somebody who is not there at the moment is not known, and may be so later. */
export function tryTo(watch: () => Found): Found {
  try {
    return watch();
  } catch (error) {
    if (error instanceof NotSaved) throw error;
    return { holds: undefined, text: messageOf(error) };
  }
}

/** Every node has been looked at since; one that takes longer than a second to answer does not answer. */
export async function youngerLooks({ observer, clock, signal }: Drill, since: number): Promise<void> {
  const old = (): boolean => [...observer.views().values()].some(({ t }) => t <= since);
  while (old() && clock.now() < since + 1000 + observer.every) await sleep(5, undefined, { signal });
}

/** Waiting for the moment of an entry: a time of the timeline, or an event. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../core/units.js';
import { until } from '../core/until.js';
import { drawnLeaves } from '../scenarios/leaves.js';
import type { Trigger } from '../scenarios/types.js';
import { formatWhen, type WhenEvent } from '../scenarios/when.js';
import { throwIfInterrupted } from './course.js';
import { watchFor } from './events.js';
import type { Drill } from './types.js';

/** What an entry waited for, as a record says it. */
export const words = (trigger: Trigger): string =>
  'at' in trigger
    ? `at ${trigger.at} ms`
    : 'when' in trigger
      ? `when ${formatWhen(trigger.when)}`
      : 'the step before it was done';

/** @throws WaitTimeout when the event does not come in time. */
export async function moment(trigger: Trigger, drill: Drill): Promise<void> {
  if ('next' in trigger) return;
  if ('at' in trigger) {
    await sleep(Math.max(0, drill.zero + trigger.at - drill.clock.now()), undefined, { signal: drill.signal });
    return;
  }
  const { when, within } = trigger;
  const watch = watchFor(when, drill);
  const end = drill.zero + drill.plan.budget;
  // Asked anew each time: the first fault may itself be waiting for something.
  const deadline = (): number =>
    within === undefined ? end : Math.min(end, (drill.faults[0]?.requestedAt ?? firstPlanned(drill)) + within);
  drill.waiting++;
  const outcome = await until(
    () =>
      watch().holds === true
        ? 'happened'
        : isOut(when, drill)
          ? 'out'
          : drill.clock.now() > deadline()
            ? 'late'
            : 'not yet',
    (state) => state !== 'not yet',
    { describe: formatWhen(when), within: Math.max(0, end - drill.clock.now()), every: 5, signal: drill.signal },
  ).finally(() => {
    drill.waiting--;
  });
  if (outcome === 'out') throw new Error(`"${formatWhen(when)}" can't happen any more: it was not reached`);
  if (outcome === 'late')
    throw new Error(
      `"${formatWhen(when)}" did not happen within ${formatDuration(within ?? drill.plan.budget)} of the first fault`,
    );
}

/** What it waits for was given up. */
const isOut = (when: WhenEvent, { done, unreached }: Drill): boolean =>
  when.on === 'after' && unreached.has(when.id) && !done.has(when.id);

/** When the first timed fault is due; `within` counts from the first fault. */
const firstPlanned = (drill: Drill): number => {
  const times = drill.plan.entries.flatMap((entry) =>
    'at' in entry.trigger && drawnLeaves([entry]).some(({ kind }) => kind === 'fault') ? [entry.trigger.at] : [],
  );
  return drill.zero + (times.length > 0 ? Math.min(...times) : 0);
};

/** Waits for a moment; false when the drill was given up before. */
export async function goesOn(due: number, drill: Drill): Promise<boolean> {
  const wait = due - drill.clock.now();
  if (wait <= 0) return true;
  try {
    await sleep(wait, undefined, { signal: drill.signal });
    return true;
  } catch {
    throwIfInterrupted(drill);
    return false;
  }
}

/** Carries out the plan's entries, one after the other or side by side: each when its moment has come. */
import { messageOf } from '../core/errors.js';
import { drawnLeaves } from '../scenarios/leaves.js';
import { administers } from '../scenarios/steps/command.js';
import type { PlanEntry, PlannedSequence, Trigger } from '../scenarios/types.js';
import { throwIfInterrupted } from './course.js';
import { type Baseline, baselineNow, steadyState } from './events.js';
import { type Carried, runFault } from './fault.js';
import { goesOn, moment } from './moment.js';
import { runProcedure } from './procedure.js';
import { carryOutStep } from './steps.js';
import type { Drill } from './types.js';

/** Resolves when every drawn entry is over: injected, proven and healed in time, or finished. Never rejects but for an abort. */
export async function carryOut(drill: Drill): Promise<void> {
  drill.open = drill.plan.entries.length;
  await Promise.all(
    drill.plan.entries.map(async (entry) => {
      const { over } = await carry(entry, drill, () => steadyState(drill));
      await over;
      drill.open--;
    }),
  );
}

/** `before` is what an expectation compares with: the state before the last thing that was done. */
async function carry(entry: PlanEntry, drill: Drill, before: () => Baseline): Promise<Carried> {
  const carried = entry.drawn ? await begin(entry, drill, before) : { ok: true, over: Promise.resolve() };
  const over = carried.over.then(() => void drill.done.add(entry.id));
  over.catch(() => undefined);
  return { ok: carried.ok, over };
}

async function begin(entry: PlanEntry, drill: Drill, before: () => Baseline): Promise<Carried> {
  if (entry.kind === 'fault') return runFault(entry, drill);
  if (entry.kind === 'procedure') return { ok: await runProcedure(entry, drill), over: Promise.resolve() };
  const late = await missed(entry.trigger, drill);
  if (late === undefined) {
    if (entry.kind === 'steps') return runSequence(entry, drill);
    if (entry.kind === 'choose') return carry(entry.options.find(({ drawn }) => drawn)!, drill, before);
    return { ok: await carryOutStep(entry, drill, before()), over: Promise.resolve() };
  }
  giveUpOn([entry], drill);
  // Why the first one was not reached; the others were not because of it.
  const first = drill.steps.find(({ id }) => drawnLeaves([entry]).some((step) => step.id === id));
  if (first) first.why = late;
  else drill.warnings.push(`${entry.id} was never started: ${late}`);
  drill.progress.note(`${entry.id} was never started: ${late}`);
  return { ok: false, over: Promise.resolve() };
}

/** Why the entry's moment did not come; undefined when it did. */
async function missed(trigger: Trigger, drill: Drill): Promise<string | undefined> {
  try {
    await moment(trigger, drill);
    return undefined;
  } catch (error) {
    throwIfInterrupted(drill);
    return messageOf(error);
  }
}

/** A step that does not hold ends its sequence: what follows would be asked of a state that never was. */
async function runSequence(sequence: PlannedSequence, drill: Drill): Promise<Carried> {
  let before = baselineNow(drill);
  const over: Promise<void>[] = [];
  let ok = true;
  const { every = 0, pause = 0 } = sequence.pace ?? {};
  let begun = Number.NEGATIVE_INFINITY;
  for (const [i, step] of sequence.steps.entries()) {
    // Rounds of a loop: the one before is over here.
    const due = Math.max(begun + every, begun === Number.NEGATIVE_INFINITY ? 0 : drill.clock.now() + pause);
    if (!(await goesOn(due, drill))) return { ok: false, over: Promise.all(over).then(() => undefined) };
    begun = drill.clock.now();
    if (acts(step)) before = baselineNow(drill);
    const carried = await carry(step, drill, () => before);
    over.push(carried.over);
    // A sequence within this one is over before the next step begins, with all its faults healed.
    if (isSequence(step)) await carried.over;
    ok = carried.ok;
    if (!ok) {
      giveUpOn(sequence.steps.slice(i + 1), drill);
      break;
    }
  }
  return { ok, over: Promise.all(over).then(() => undefined) };
}

/** Whoever waits for one of them need not wait any longer. */
function giveUpOn(entries: readonly PlanEntry[], drill: Drill): void {
  for (const entry of entries) {
    drill.unreached.add(entry.id);
    if (entry.kind === 'steps') giveUpOn(entry.steps, drill);
    if (entry.kind === 'choose') giveUpOn(entry.options, drill);
  }
}

/** Does it bring something about that later steps may expect? */
const acts = (step: PlanEntry): boolean =>
  drawnLeaves([step]).some(
    (leaf) =>
      leaf.kind === 'fault' || leaf.kind === 'procedure' || (leaf.kind === 'run' && leaf.commands.some(administers)),
  );

const isSequence = (step: PlanEntry): boolean =>
  step.kind === 'steps' ||
  (step.kind === 'choose' && step.options.some((option) => option.drawn && isSequence(option)));

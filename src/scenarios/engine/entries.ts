/** Carries out the plan's entries: waits for the moment, injects or starts the procedure, and writes down what happened. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, RedrillError } from '../../core/errors.js';
import { seeded } from '../../core/rng.js';
import { formatDuration } from '../../core/units.js';
import { until, WaitTimeout } from '../../core/until.js';
import type { AnyFault } from '../../faults/index.js';
import { DidNotBite, faults } from '../../faults/index.js';
import type { AnyProcedure, ProcedureContext } from '../../recovery/index.js';
import { procedures } from '../../recovery/index.js';
import type { FaultRecord, ProcedureRecord } from '../../workload/recording.js';
import { drawnLeaves } from '../leaves.js';
import { administers } from '../steps/command.js';
import type { PlanEntry, PlannedFault, PlannedProcedure, PlannedSequence, Trigger } from '../types.js';
import { formatWhen } from '../when.js';
import { type Drill, faultContext, heal, resolve, throwIfInterrupted } from './drill.js';
import { type Baseline, baselineNow, steadyState, watchFor } from './events.js';
import { carryOutStep } from './steps.js';

/** Resolves when every drawn entry is over: injected, proven and healed in time, or finished. Never rejects but for an abort. */
export async function carryOut(drill: Drill): Promise<void> {
  await Promise.all(
    drill.plan.entries.map(async (entry) => {
      const { over } = await carry(entry, drill, () => steadyState(drill));
      await over;
    }),
  );
}

/** How an entry went: whether what follows it may be carried out, and when it is wholly over, its fault healed too. */
interface Carried {
  ok: boolean;
  over: Promise<void>;
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
  for (const step of sequence.steps) {
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
    if (!ok) break;
  }
  return { ok, over: Promise.all(over).then(() => undefined) };
}

/** Waits for a moment; false when the drill was given up before. */
async function goesOn(due: number, drill: Drill): Promise<boolean> {
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

/** Does it bring something about that later steps may expect? */
const acts = (step: PlanEntry): boolean =>
  drawnLeaves([step]).some(
    (leaf) =>
      leaf.kind === 'fault' || leaf.kind === 'procedure' || (leaf.kind === 'run' && leaf.commands.some(administers)),
  );

const isSequence = (step: PlanEntry): boolean =>
  step.kind === 'steps' ||
  (step.kind === 'choose' && step.options.some((option) => option.drawn && isSequence(option)));

const words = (trigger: Trigger): string =>
  'at' in trigger
    ? `at ${trigger.at} ms`
    : 'when' in trigger
      ? `when ${formatWhen(trigger.when)}`
      : 'the step before it was done';

/** @throws WaitTimeout when the event does not come in time. */
async function moment(trigger: Trigger, drill: Drill): Promise<void> {
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
  const outcome = await until(
    () => (watch().holds === true ? 'happened' : drill.clock.now() > deadline() ? 'late' : 'not yet'),
    (state) => state !== 'not yet',
    { describe: formatWhen(when), within: Math.max(0, end - drill.clock.now()), every: 5, signal: drill.signal },
  );
  if (outcome === 'late')
    throw new Error(
      `"${formatWhen(when)}" did not happen within ${formatDuration(within ?? drill.plan.budget)} of the first fault`,
    );
}

/** When the first timed fault is due; `within` counts from the first fault. */
const firstPlanned = (drill: Drill): number => {
  const times = drill.plan.entries.flatMap((entry) =>
    'at' in entry.trigger && drawnLeaves([entry]).some(({ kind }) => kind === 'fault') ? [entry.trigger.at] : [],
  );
  return drill.zero + (times.length > 0 ? Math.min(...times) : 0);
};

/** Returns as soon as the fault has taken effect, or has not. */
async function runFault(entry: PlannedFault, drill: Drill): Promise<Carried> {
  const fault: AnyFault = faults[entry.type as keyof typeof faults];
  const ctx = faultContext(drill, entry.id);
  const record: FaultRecord = {
    id: entry.id,
    type: entry.type,
    summary: fault.summary,
    params: entry.params,
    targets: [],
    targetWords: entry.targetWords.join(', '),
    requestedAt: Number.NaN,
    cutOff: [],
    impact: fault.impact,
    ...(fault.loses !== undefined && { loses: fault.loses }),
    ...(fault.lasting && { lasting: true }),
  };
  let over = Promise.resolve();
  try {
    await moment(entry.trigger, drill);
    const targets = entry.targetWords.length > 0 ? await resolve(drill, entry.targetWords, ctx.rng) : [];
    record.targets = targets.map((node) => node.name);
    record.requestedAt = drill.clock.now();
    drill.faults.push(record);
    const { topology } = drill;
    const servers = targets.length > 0 ? targets.map(({ server }) => server) : [topology.server];
    for (const server of servers) {
      const supported = fault.supports?.({ topology: topology.spec, server, tools: drill.plan.needs.tools });
      if (typeof supported === 'string') throw new DidNotBite(supported);
    }
    drill.progress.phase('inject', `${entry.type}${targets.length > 0 ? ` on ${record.targets.join(', ')}` : ''}`);
    const injected = await fault.inject(targets, entry.params, ctx);
    record.cutOff = injected.cutOff ?? [];
    if (injected.starved?.length) record.starved = injected.starved;
    // A fault that names its own targets hits who it cuts off, or else everybody at both ends of what it cuts.
    const { groups = [] } = injected;
    if (record.targets.length === 0)
      record.targets = record.cutOff.length > 0 ? [...record.cutOff] : groups.flat().map(({ name }) => name);
    let healing: Promise<void> | undefined;
    drill.live.push({
      record,
      leavesState: fault.leavesState === true,
      heal: () => {
        healing ??= injected.heal().then(() => {
          record.healedAt = drill.clock.now();
        });
        return healing;
      },
    });
    if (entry.for !== undefined) over = healAfter(entry.for, drill);
    const evidence = await fault.effect(targets, entry.params, ctx, { ...injected, requestedAt: record.requestedAt });
    // What shows only after it was undone is somebody else's doing.
    if (record.healedAt !== undefined && evidence.at - evidence.uncertainty > record.healedAt)
      throw new DidNotBite(`it was healed before anything showed; afterwards: ${evidence.text}`);
    record.effective = evidence;
    drill.progress.note(`${entry.type} took effect: ${record.effective.text}`);
    if (fault.lasting) await drill.live.find((one) => one.record === record)?.heal();
    return { ok: true, over };
  } catch (error) {
    throwIfInterrupted(drill);
    if (Number.isNaN(record.requestedAt)) {
      record.requestedAt = drill.clock.now();
      drill.faults.push(record);
    }
    record.error =
      error instanceof DidNotBite || error instanceof WaitTimeout
        ? messageOf(error)
        : `it could not be injected: ${messageOf(error)}`;
    drill.progress.note(`${entry.type} had no effect: ${record.error}`);
    return { ok: false, over };
  }

  /** Does not reject for a drill that is given up: what is still broken is healed at its end. */
  async function healAfter(wait: number, { live, signal, progress }: Drill): Promise<void> {
    const mine = live[live.length - 1]!;
    try {
      await sleep(wait, undefined, { signal });
      progress.phase('heal', entry.id);
      await mine.heal();
    } catch (error) {
      if (signal.aborted) return;
      record.error = `it could not be healed: ${messageOf(error)}`;
      progress.note(`${entry.type}: ${record.error}`);
    }
  }
}

/** @returns whether it reached its aim. */
async function runProcedure(entry: PlannedProcedure, drill: Drill): Promise<boolean> {
  const procedure: AnyProcedure = procedures[entry.type as keyof typeof procedures];
  const record: ProcedureRecord = {
    name: entry.type,
    summary: procedure.summary,
    trigger: words(entry.trigger),
    startedAt: Number.NaN,
    steps: [],
    verdict: 'never started',
  };
  drill.procedures.push(record);
  const now = drill.clock.now;
  const ctx: ProcedureContext = {
    topology: drill.topology,
    clock: drill.clock,
    signal: drill.signal,
    // Also what is not proven yet: a procedure that is called by the outage must not have to wait for the evidence.
    get faulted() {
      return [...new Set(drill.faults.filter((fault) => fault.error === undefined).flatMap((fault) => fault.targets))];
    },
    view: () => drill.observer.consensus(),
    resolve: (target) => resolve(drill, target, seeded(`${drill.plan.seed}/${entry.id}`)),
    heal: (nodes) => heal(drill, nodes),
    image: async (name) => {
      const prepared = drill.images.get(name);
      if (!prepared) throw new RedrillError('BUG', `nobody prepared the image ${name}`);
      return prepared;
    },
    note: (step) => void record.steps.push({ at: now(), took: 0, ok: true, ...step }),
    step: async (title, detail, work) => {
      const step: ProcedureRecord['steps'][number] = { at: now(), took: 0, title, ...detail, ok: false };
      record.steps.push(step);
      drill.progress.phase('recover', title);
      try {
        const output = await work();
        step.ok = true;
        if (output !== undefined)
          step.output = typeof output === 'string' ? output : JSON.stringify(output, undefined, 1);
        return output;
      } catch (error) {
        step.output = messageOf(error);
        throw error;
      } finally {
        step.took = now() - step.at;
      }
    },
  };
  try {
    await moment(entry.trigger, drill);
    record.startedAt = now();
    await procedure.steps(ctx, entry.params);
    await procedure.verify(ctx, entry.params);
    record.verdict = 'done';
  } catch (error) {
    throwIfInterrupted(drill);
    record.message = messageOf(error);
    if (Number.isNaN(record.startedAt)) record.startedAt = now();
    else record.verdict = 'failed';
    drill.progress.note(`procedure ${entry.type} ${record.verdict}: ${record.message}`);
  } finally {
    record.endedAt = now();
  }
  return record.verdict === 'done';
}

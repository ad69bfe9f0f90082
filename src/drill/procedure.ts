/** Carries out one procedure of the plan, and writes down its steps. */
import { messageOf, RedrillError } from '../core/errors.js';
import { seeded } from '../core/rng.js';
import type { ProcedureRecord } from '../recording/deeds.js';
import type { AnyProcedure, ManagedContext } from '../recovery/index.js';
import { procedureRegistry } from '../scenarios/registries.js';
import type { PlannedProcedure } from '../scenarios/types.js';
import { resolve } from './contexts.js';
import { throwIfInterrupted } from './course.js';
import { comesBack, isForeign } from './foreign.js';
import { heal } from './heal.js';
import { moment, words } from './moment.js';
import type { Drill } from './types.js';

/** @returns whether it reached its aim. */
export async function runProcedure(entry: PlannedProcedure, drill: Drill): Promise<boolean> {
  const procedure: AnyProcedure = procedureRegistry[entry.type]!;
  const record: ProcedureRecord = {
    name: entry.type,
    summary: procedure.summary,
    ...(procedure.idle && { idle: true }),
    trigger: words(entry.trigger),
    startedAt: Number.NaN,
    steps: [],
    verdict: 'never started',
  };
  drill.procedures.push(record);
  const now = drill.clock.now;
  const ctx: ManagedContext = {
    topology: drill.topology,
    deployment: drill.topology,
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
      // One that was given up may still be at work.
      if (record.endedAt !== undefined) throw new Error('the procedure is over');
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
  const back = (work: () => Promise<void>, what: string): Promise<void> =>
    isForeign('procedures', entry.type) ? comesBack(work, what, drill) : work();
  try {
    await moment(entry.trigger, drill);
    record.startedAt = now();
    await back(() => procedure.steps(ctx, entry.params), 'its steps');
    await back(() => procedure.verify(ctx, entry.params), 'its check');
    record.verdict = 'done';
  } catch (error) {
    const begun = !Number.isNaN(record.startedAt);
    // Also of a run that is stopped: reports tell its times.
    if (begun) record.verdict = 'failed';
    else record.startedAt = now();
    record.message = messageOf(error);
    throwIfInterrupted(drill);
    drill.progress.note(`procedure ${entry.type} ${record.verdict}: ${record.message}`);
  } finally {
    record.endedAt = now();
  }
  return record.verdict === 'done';
}

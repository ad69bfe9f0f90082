import type { Stage } from '../../faults/testing/stage.js';
import { resolveImage } from '../../fleet/index.js';
import type { ProcedureStep } from '../../recording/deeds.js';
import { serverIn } from '../../topology/server.js';
import { procedures } from '../index.js';
import type { AnyProcedure, ProcedureContext } from '../types.js';

/** Runs one procedure on a stage and returns what it logged. */
export async function carryOutOn(
  { ctx }: Stage,
  name: keyof typeof procedures,
  params: unknown,
  faulted: string[] = [],
  heal: () => Promise<void> = async () => undefined,
): Promise<ProcedureStep[]> {
  const steps: ProcedureStep[] = [];
  const procedure: AnyProcedure = procedures[name];
  const context: ProcedureContext = {
    topology: ctx.topology,
    clock: ctx.clock,
    signal: ctx.signal,
    faulted,
    view: ctx.view,
    resolve: ctx.resolve,
    heal: async () => {
      await heal();
      return [];
    },
    image: async (wanted) => {
      const image = await resolveImage(wanted);
      const { fleet, all } = ctx.topology;
      return { image, server: await serverIn(image, fleet, fleet.address(all.length + 1), ctx.signal, 'version-2') };
    },
    note: (step) => void steps.push({ at: 0, took: 0, ok: true, ...step }),
    step: async (title, detail, work) => {
      const output = await work();
      steps.push({ at: 0, took: 0, ok: true, title, ...detail, output: String(output) });
      return output;
    },
  };
  const parsed = procedure.params.parse(params);
  await procedure.steps(context, parsed);
  await procedure.verify(context, parsed);
  return steps;
}

import { expect } from 'vitest';
import type { Clock } from '../../core/clock.js';
import { seeded } from '../../core/rng.js';
import type { Stage } from '../../faults/testing/stage.js';
import { apart, watchUse } from '../../faults/testing/used.js';
import { resolveImage } from '../../fleet/index.js';
import type { ProcedureStep } from '../../recording/deeds.js';
import type { Observer } from '../../server/observer.js';
import type { Deployment } from '../../server/types.js';
import { serverIn } from '../../topology/server.js';
import { parseTarget, resolveTargets } from '../../topology/targets.js';
import { procedures } from '../index.js';
import type { AnyProcedure, ManagedContext, Procedure, ProcedureContext } from '../types.js';

type ByCommands = {
  [N in keyof typeof procedures]: (typeof procedures)[N] extends { managed: true } ? never : N;
}[keyof typeof procedures];

/** Runs one procedure on servers that are nobody's, and returns the titles of its steps. */
export async function carryOutAlone(
  deployment: Deployment,
  observer: Observer,
  clock: Clock,
  name: ByCommands,
  params: unknown,
): Promise<string[]> {
  const titles: string[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: procedures of every parameter type
  const procedure: Procedure<any> = procedures[name];
  const context: ProcedureContext = {
    deployment,
    clock,
    signal: AbortSignal.timeout(60_000),
    faulted: [],
    view: observer.consensus,
    resolve: async (words) =>
      resolveTargets([words].flat().map(parseTarget), observer.consensus(), deployment, seeded('alone')),
    note: ({ title }) => void titles.push(title),
    step: (title, _detail, work) => {
      titles.push(title);
      return work();
    },
  };
  const parsed = procedure.params.parse(params);
  await procedure.steps(context, parsed);
  await procedure.verify(context, parsed);
  return titles;
}

/** Runs one procedure on a stage and returns what it logged. It must not take more of the fleet than it says. */
export async function carryOutOn(
  { ctx }: Stage,
  name: keyof typeof procedures,
  params: unknown,
  faulted: string[] = [],
  heal: () => Promise<void> = async () => undefined,
): Promise<ProcedureStep[]> {
  const steps: ProcedureStep[] = [];
  const procedure: AnyProcedure = procedures[name];
  const used = watchUse(
    ctx.topology.fleet,
    ctx.topology.all.map(({ container }) => container),
  );
  used.abilities.clear();
  const context: ManagedContext = {
    topology: ctx.topology,
    deployment: ctx.topology,
    clock: ctx.clock,
    signal: ctx.signal,
    faulted,
    view: ctx.view,
    resolve: ctx.resolve,
    heal: async () => {
      await apart(used, heal);
      return [];
    },
    image: async (wanted) => {
      const image = await resolveImage(wanted);
      const { fleet, all } = ctx.topology;
      const address = await apart(used, async () => fleet.address(all.length + 1));
      return {
        image,
        server: await apart(used, () => serverIn(image, fleet, address, ctx.signal, 'version-2')),
      };
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
  expect([...used.abilities].filter((ability) => !procedure.needs?.includes(ability))).toEqual([]);
  return steps;
}

/** A scenario and a seed make a plan: nothing in it is left to chance or to the moment, save who a target word names then. */
import { seeded } from '../core/rng.js';
import { s } from '../core/units.js';
import type { FleetNeeds } from '../fleet/types.js';
import { countNodes } from '../topology/config.js';
import type { TopologySpec } from '../topology/types.js';
import { lastTimed } from './check.js';
import { predictionsOf } from './possible.js';
import { faultRegistry, objectiveRegistry } from './registries.js';
import type { FaultEntry, Plan, PlanEntry, ProcedureEntry, Scenario } from './types.js';

export function planOf(scenario: Scenario, options: { seed?: string } = {}): Plan {
  const seed = options.seed ?? scenario.seed ?? defaultSeed(scenario.name);
  const rng = seeded(seed);
  const { topology, workload, objectives } = scenario;
  const entries = [...scenario.timeline, ...scenario.recovery].map(
    (entry, order): PlanEntry => ({ ...entry, order, drawn: drawn(entry, rng.fork(`draw ${entry.id}`).next()) }),
  );
  const nodes = countNodes(topology);
  const ids = rng.fork('node ids');
  return {
    version: 1,
    scenario,
    seed,
    entries,
    objectives,
    topology,
    workload,
    budget: budgetOf(scenario),
    nodeIds: Array.from({ length: nodes }, () => ids.hex(40)),
    needs: needsOf(scenario.timeline, nodes),
    predictions: predictionsOf(scenario.timeline, scenario.recovery, topology),
  };
}

/** The same drill every day, on every machine, until somebody asks for another seed. */
export const defaultSeed = (name: string): string => seeded(name).hex(8);

const drawn = (entry: FaultEntry | ProcedureEntry, number: number): boolean =>
  entry.kind === 'procedure' || entry.probability === undefined || number < entry.probability;

/** Long enough that what is given up could no longer have met any objective. */
function budgetOf({ timeout, timeline, recovery, objectives }: Scenario): number {
  if (timeout !== undefined) return timeout;
  const limits = objectives.map(({ name, op, limit }) =>
    objectiveRegistry[name]?.unit === 'duration' && (op === '<' || op === '<=') ? limit : 0,
  );
  const waits = [...timeline, ...recovery].map(({ trigger }) => ('when' in trigger ? (trigger.within ?? 0) : 0));
  const held = timeline.map((entry) => entry.for ?? 0);
  return (
    lastTimed([...timeline, ...recovery]) +
    Math.max(s(30), ...limits.map((limit) => 2 * limit), Math.max(0, ...waits) + Math.max(0, ...held))
  );
}

function needsOf(timeline: FaultEntry[], containers: number): FleetNeeds {
  const needs = timeline.map((entry) => faultRegistry[entry.type]!.needs);
  return {
    observeDetached: needs.some((need) => need?.observeDetached === true),
    tools: needs.some((need) => need?.tools === true),
    containers,
  };
}

/** The plan as it may be shown and kept: without passwords. */
export function printable(plan: Plan): Plan {
  const hide = ({ password, users, ...rest }: TopologySpec): TopologySpec => ({
    ...rest,
    ...(password !== undefined && { password: '***' }),
    ...(users && {
      users: Object.fromEntries(Object.entries(users).map(([name, user]) => [name, { ...user, password: '***' }])),
    }),
  });
  return {
    ...plan,
    topology: hide(plan.topology),
    scenario: { ...plan.scenario, topology: hide(plan.scenario.topology) },
  };
}

/** Every scenario `repeat` times; from the second time on with a seed of its own, made from the first. */
export function repeatedPlans(
  scenarios: readonly Scenario[],
  { seed, repeat = 1 }: { seed?: string; repeat?: number },
): Plan[] {
  return scenarios.flatMap((scenario) => {
    const first = planOf(scenario, seed === undefined ? {} : { seed });
    const more = Array.from({ length: repeat - 1 }, (_, i) => planOf(scenario, { seed: `${first.seed}-${i + 2}` }));
    return [first, ...more];
  });
}

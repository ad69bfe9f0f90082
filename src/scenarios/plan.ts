/** A scenario and a seed make a plan: nothing in it is left to chance or to the moment, save who a target word names then. */

import { masked, maskOf } from '../core/mask.js';
import type { Rng } from '../core/rng.js';
import { seeded } from '../core/rng.js';
import { s } from '../core/units.js';
import { countNodes } from '../topology/seats.js';
import type { TopologySpec } from '../topology/types.js';
import { lastTimed, lengthOf } from './check.js';
import { faultsIn, leavesOf } from './leaves.js';
import { needsOf } from './needs.js';
import { predictionsOf, serverNamed, unsupported } from './possible.js';
import { objectiveRegistry } from './registries.js';
import { hideSecrets, secretsIn } from './steps/secrets.js';
import type { Plan, PlanEntry, Scenario, ScenarioEntry } from './types.js';

export function planOf(scenario: Scenario, options: { seed?: string } = {}): Plan {
  const seed = options.seed ?? scenario.seed ?? defaultSeed(scenario.name);
  const rng = seeded(seed);
  const { topology, workload, objectives } = scenario;
  const planner = plannerFor(rng);
  const entries = [
    ...scenario.timeline.map((entry) => planner(entry, 'timeline')),
    ...scenario.recovery.map((entry) => planner(entry, 'recovery')),
  ];
  const nodes = countNodes(topology);
  const ids = rng.fork('node ids');
  const skipped = unsupported(entries, topology, serverNamed);
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
    needs: needsOf(entries, topology),
    predictions: predictionsOf(scenario.timeline, scenario.recovery, topology, workload),
    ...(skipped !== undefined && { skipped }),
  };
}

/** The same drill every day, on every machine, until somebody asks for another seed. */
export const defaultSeed = (name: string): string => seeded(name).hex(8);

/** Draws each entry by its id, so that another entry before it changes nothing. */
function plannerFor(rng: Rng): (entry: ScenarioEntry, part: PlanEntry['part']) => PlanEntry {
  let order = 0;
  const plan = (entry: ScenarioEntry, part: PlanEntry['part']): PlanEntry => {
    const planned = { order: order++, part, drawn: drawn(entry, rng.fork(`draw ${entry.id}`)) };
    if (entry.kind === 'steps') return { ...entry, ...planned, steps: entry.steps.map((step) => plan(step, part)) };
    if (entry.kind !== 'choose') return { ...entry, ...planned };
    const chosen = rng.fork(`choose ${entry.id}`).below(entry.options.length);
    const options = entry.options.map((option, i) => {
      const one = plan(option, part);
      return i === chosen ? one : { ...one, drawn: false };
    });
    return { ...entry, ...planned, options };
  };
  return plan;
}

const drawn = (entry: ScenarioEntry, rng: Rng): boolean =>
  entry.kind !== 'fault' || entry.probability === undefined || rng.next() < entry.probability;

/** Long enough that what is given up could no longer have met any objective. */
function budgetOf({ timeout, timeline, recovery, objectives }: Scenario): number {
  if (timeout !== undefined) return timeout;
  const limits = objectives.map(({ name, op, limit }) =>
    objectiveRegistry[name]?.unit === 'duration' && (op === '<' || op === '<=') ? limit : 0,
  );
  const waits = [...timeline, ...recovery].map(({ trigger }) => ('when' in trigger ? (trigger.within ?? 0) : 0));
  // A timed entry's own length is part of the last moment already.
  const held = faultsIn(timeline).map((entry) => entry.for ?? 0);
  const long = [...timeline, ...recovery].map((entry) => ('when' in entry.trigger ? lengthOf(entry) : 0));
  return (
    lastTimed([...timeline, ...recovery]) +
    Math.max(s(30), ...limits.map((limit) => 2 * limit), Math.max(0, ...waits) + Math.max(0, ...held, ...long))
  );
}

/** Every password that the plan knows: none of them may be shown or kept. */
export const secretsOf = ({ topology, entries }: Pick<Plan, 'topology' | 'entries'>): string[] =>
  [
    topology.password ?? '',
    ...Object.values(topology.users ?? {}).map(({ password }) => password),
    ...leavesOf(entries).flatMap((entry) => (entry.kind === 'run' ? entry.commands.flatMap(secretsIn) : [])),
  ].filter((secret) => secret !== '');

/** Words of redrill's own in a plan: a password that happens to be one of them is not what they mean. */
const ownWords = new Set(['kind', 'type', 'is', 'on', 'id', 'op']);

/** The plan as it may be shown and kept: without passwords, wherever they stand and however they are written. */
export function printable(plan: Plan): Plan {
  const hide = ({ password, users, ...rest }: TopologySpec): TopologySpec => ({
    ...rest,
    ...(password !== undefined && { password: '***' }),
    ...(users && {
      users: Object.fromEntries(Object.entries(users).map(([name, user]) => [name, { ...user, password: '***' }])),
    }),
  });
  const hidden = <E extends ScenarioEntry>(entry: E): E => {
    if (entry.kind === 'steps') return { ...entry, steps: entry.steps.map(hidden) };
    if (entry.kind === 'choose') return { ...entry, options: entry.options.map(hidden) };
    return entry.kind === 'run' ? { ...entry, commands: entry.commands.map(hideSecrets) } : entry;
  };
  const { scenario } = plan;
  const shown = {
    ...plan,
    topology: hide(plan.topology),
    scenario: {
      ...scenario,
      topology: hide(scenario.topology),
      timeline: scenario.timeline.map(hidden),
      recovery: scenario.recovery.map(hidden),
    },
    entries: plan.entries.map(hidden),
  };
  // By value too: in a reply that is expected, in a script, in a command that is not known to have one.
  return masked(shown, maskOf(secretsOf(plan)), ownWords);
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

/** The faults, procedures and steps of a scenario or plan, whatever sequences they stand in: in the order written. */

import type { FaultEntry, PlanEntry, ProcedureEntry, ScenarioEntry } from './types.js';
import type { WhenEvent } from './when.js';

type Leaf<E> = Exclude<E, { kind: 'steps' | 'choose' }>;

export const leavesOf = (entries: readonly ScenarioEntry[]): Leaf<ScenarioEntry>[] =>
  entries.flatMap((entry) =>
    entry.kind === 'steps' ? leavesOf(entry.steps) : entry.kind === 'choose' ? leavesOf(entry.options) : [entry],
  );

export const faultsIn = (entries: readonly ScenarioEntry[]): FaultEntry[] =>
  leavesOf(entries).filter((entry) => entry.kind === 'fault');

export const proceduresIn = (entries: readonly ScenarioEntry[]): ProcedureEntry[] =>
  leavesOf(entries).filter((entry) => entry.kind === 'procedure');

/** What is really carried out with this seed. */
export const drawnLeaves = (entries: readonly PlanEntry[]): Leaf<PlanEntry>[] =>
  entries.flatMap((entry) => {
    if (!entry.drawn) return [];
    return entry.kind === 'steps'
      ? drawnLeaves(entry.steps)
      : entry.kind === 'choose'
        ? drawnLeaves(entry.options)
        : [entry];
  });

/** Every event and state that an entry waits for or expects. */
export const eventsOf = (entry: ScenarioEntry): WhenEvent[] => [
  ...('when' in entry.trigger ? [entry.trigger.when] : []),
  ...(entry.kind === 'expect' || entry.kind === 'never' ? entry.conditions : []),
  ...(entry.kind === 'wait' && 'event' in entry.until ? [entry.until.event] : []),
  ...(entry.kind === 'steps' ? entry.steps.flatMap(eventsOf) : []),
  ...(entry.kind === 'choose' ? entry.options.flatMap(eventsOf) : []),
];

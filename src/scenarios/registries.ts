/** The three registries, looked at alike: each entry's own parameter type does not matter here. */
import { objectives } from '../assertions/index.js';
import type { Objective } from '../assertions/types.js';
import { faults } from '../faults/index.js';
import type { Fault } from '../faults/types.js';
import { procedures } from '../recovery/index.js';
import type { AnyProcedure } from '../recovery/types.js';

export const faultRegistry: Record<string, Fault<unknown>> = faults as Record<string, Fault<unknown>>;
export const procedureRegistry: Record<string, AnyProcedure> = procedures;
export const objectiveRegistry: Record<string, Objective> = objectives;

const examples = {
  duration: ['< 8s', '> 8s'],
  count: ['<= 50', '>= 50'],
  percent: ['< 1%', '>= 99%'],
  boolean: ['true', 'true'],
} as const;

/** How a limit of this objective is written. */
export const exampleOf = ({ unit, better }: Pick<Objective, 'unit' | 'better'>): string =>
  examples[unit][better === 'lower' ? 0 : 1];

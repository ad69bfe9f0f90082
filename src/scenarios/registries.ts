/** The three registries, looked at alike: each entry's own parameter type does not matter here. Users may add to them (use.ts). */
import { objectiveRegistry } from '../assertions/registry.js';
import type { Objective, ObjectiveTraits } from '../assertions/types.js';
import { faults } from '../faults/index.js';
import type { Fault } from '../faults/types.js';
import { procedures } from '../recovery/index.js';
import type { AnyProcedure } from '../recovery/types.js';

export const faultRegistry: Record<string, Fault<unknown>> = { ...faults } as Record<string, Fault<unknown>>;
export const procedureRegistry: Record<string, AnyProcedure> = { ...procedures };
export { objectiveRegistry };

/** What is ours is known to every scenario file; what a user adds, to those that say so. */
export const own = {
  faults: Object.keys(faultRegistry),
  procedures: Object.keys(procedureRegistry),
  objectives: Object.keys(objectiveRegistry),
} as const;

const examples = {
  duration: ['< 8s', '> 8s'],
  count: ['<= 50', '>= 50'],
  percent: ['< 1%', '>= 99%'],
  boolean: ['true', 'true'],
} as const;

/** How a limit of this objective is written. */
export const exampleOf = ({
  unit,
  better,
  traits,
}: Pick<Objective, 'unit' | 'better'> & { traits?: ObjectiveTraits | undefined }): string =>
  traits?.example ?? examples[unit][better === 'lower' ? 0 : 1];

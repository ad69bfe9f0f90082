/** Every objective by its name: ours, and those that users add for a run. */
import { objectives } from './index.js';
import type { Objective, ObjectiveTraits } from './types.js';

export const objectiveRegistry: Record<string, Objective> = { ...objectives };

/** undefined: one that this redrill does not know, as a recording of another version may have. */
export const objectiveOf = (name: string): Objective | undefined =>
  Object.hasOwn(objectiveRegistry, name) ? objectiveRegistry[name] : undefined;

export const traitsOf = (name: string): ObjectiveTraits => objectiveOf(name)?.traits ?? {};

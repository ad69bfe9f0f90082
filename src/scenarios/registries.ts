/** The three registries, looked at alike: each entry's own parameter type does not matter here. */
import { objectives } from '../assertions/index.js';
import type { Objective } from '../assertions/types.js';
import { faults } from '../faults/index.js';
import type { Fault } from '../faults/types.js';
import { procedures } from '../recovery/index.js';
import type { Procedure } from '../recovery/types.js';

export const faultRegistry: Record<string, Fault<unknown>> = faults as Record<string, Fault<unknown>>;
export const procedureRegistry: Record<string, Procedure<unknown>> = procedures as Record<string, Procedure<unknown>>;
export const objectiveRegistry: Record<string, Objective> = objectives;

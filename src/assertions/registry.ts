/** Every objective by its name: ours, and those that users add for a run. */
import { objectives } from './index.js';
import type { Objective } from './types.js';

export const objectiveRegistry: Record<string, Objective> = { ...objectives };

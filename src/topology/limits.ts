import type { TopologySpec } from './types.js';

/** What each container may use. */
export const limitsOf = ({ memory, cpus, disk }: TopologySpec): { memory?: number; cpus?: number; disk?: number } => ({
  ...(memory !== undefined && { memory }),
  ...(cpus !== undefined && { cpus }),
  ...(disk !== undefined && { disk }),
});

/** What the faults on append-only files ask of a topology. */
import { keptAmong } from '../../topology/persistence.js';
import type { Environment } from '../types.js';

export const keepsAof = (topology: Environment['topology']): true | string =>
  keptAmong(topology).some(({ aof }) => aof) || 'the servers keep no append-only file; write persistence: aof';

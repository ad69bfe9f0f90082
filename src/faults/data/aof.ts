/** What the faults on append-only files ask of a topology. */
import { keeps } from '../../topology/persistence.js';
import type { Environment } from '../types.js';

export const keepsAof = (topology: Environment['topology']): true | string =>
  keeps(topology).aof || 'the servers keep no append-only file; write persistence: aof';

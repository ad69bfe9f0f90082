/** ms of silence after which a node is suspected, by what its kind of topology goes by. 0: nobody looks. */
import { kindOf } from './kinds/index.js';
import type { TopologySpec } from './types.js';

/** The longest, where nodes have different ones. */
export const nodeTimeout = (spec: TopologySpec): number => Math.max(...kindOf(spec).silences(spec));

export const leastNodeTimeout = (spec: TopologySpec): number => Math.min(...kindOf(spec).silences(spec));

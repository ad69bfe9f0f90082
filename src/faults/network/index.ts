/** Links between nodes, and between nodes and clients. */
import { isolate } from './isolate.js';
import { split } from './split.js';

export const network = { isolate, split };

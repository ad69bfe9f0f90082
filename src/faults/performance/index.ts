/** Memory, CPU, connections and commands that slow a server down or make it refuse. */
import { fillMemory } from './fill-memory.js';

export const performance = { 'fill-memory': fillMemory };

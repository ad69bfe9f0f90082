/** Memory, CPU, connections and commands that slow a server down or make it refuse. */
import { exhaustConnections } from './exhaust-connections.js';
import { fillClientBuffers } from './fill-client-buffers.js';
import { fillMemory } from './fill-memory.js';
import { fragmentMemory } from './fragment-memory.js';
import { fullResyncStorm } from './full-resync-storm.js';
import { saturateCpu } from './saturate-cpu.js';
import { slowCommands } from './slow-commands.js';
import { stallFork } from './stall-fork.js';

export const performance = {
  'fill-memory': fillMemory,
  'fill-client-buffers': fillClientBuffers,
  'fragment-memory': fragmentMemory,
  'saturate-cpu': saturateCpu,
  'slow-commands': slowCommands,
  'stall-fork': stallFork,
  'exhaust-connections': exhaustConnections,
  'full-resync-storm': fullResyncStorm,
};

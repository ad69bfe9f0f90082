import type { ContainerSpec, Limits } from '../types.js';
import type { Engine } from './engine.js';

/**
 * As the engine wants them. It takes 0 for "no change" and has no word for "no limit any more": all that the machine has is
 * as good. (With -1 for the sum of memory and swap, engines leave that as it is for a container that runs, and then can't raise memory beyond it.)
 */
export function limitsFor(
  { memory, cpus }: Limits,
  spec: Pick<ContainerSpec, 'memory' | 'cpus'>,
  machine: Pick<Engine, 'memory' | 'cpus'>,
): Record<string, number> {
  const bytes = memory === 'as created' ? spec.memory : memory;
  const share = (cpus === 'as created' ? spec.cpus : cpus) ?? machine.cpus;
  return {
    // Without swap: memory that is only moved out would slow the server down and not end it.
    ...(memory !== undefined && { Memory: bytes ?? machine.memory, MemorySwap: bytes ?? 2 * machine.memory }),
    ...(cpus !== undefined && { NanoCpus: Math.round(share * 1e9) }),
  };
}

import type { ContainerSpec, Limits } from '../types.js';
import type { Engine } from './engine.js';

/**
 * As the engine wants them. It takes 0 for "no change" and has no word for "no limit any more": all that the machine has is
 * as good.
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
    ...(memory !== undefined && { Memory: bytes ?? machine.memory, MemorySwap: bytes ?? -1 }),
    ...(cpus !== undefined && { NanoCpus: Math.round(share * 1e9) }),
  };
}

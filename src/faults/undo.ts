import type { Heal, Injected } from './types.js';

/**
 * An inject of several steps, each of which says how to undo it before it is done. When one of them throws, those before it
 * are undone; else all of them are the heal, the last first. One that fails does not keep the others from being undone.
 */
export async function reversible(
  work: (undo: (step: Heal) => void) => Promise<Omit<Injected, 'heal'> | undefined>,
): Promise<Injected> {
  const steps: Heal[] = [];
  const heal = async (): Promise<void> => {
    let failure: unknown;
    for (const step of [...steps].reverse())
      try {
        await step();
      } catch (error) {
        failure ??= error;
      }
    if (failure !== undefined) throw failure;
  };
  try {
    return { ...(await work((step) => steps.push(step))), heal };
  } catch (error) {
    await heal().catch(() => undefined);
    throw error;
  }
}

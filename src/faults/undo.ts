/** How faults say what undoes them: as a whole, and node by node. */
import type { ManagedNode } from '../topology/types.js';
import type { Heal, Undoing } from './types.js';

/** What is undone on each node for itself. */
export const nodeByNode = (nodes: readonly ManagedNode[], undo: (node: ManagedNode) => Promise<unknown>): Undoing => ({
  heal: async () => {
    await Promise.all(nodes.map(undo));
  },
  apart: new Map(nodes.map((node) => [node.name, async () => void (await undo(node))])),
});

/** Undoes one step more. */
export type Undo = (step: Heal) => void;

/**
 * An inject of several steps, each of which says how to undo it before it is done. When one of them throws, those before it
 * are undone; else all of them are the heal, the last first. One that fails does not keep the others from being undone.
 * Where each step says on which node it is (`on`), it can be undone on each node apart.
 */
export async function reversible<T extends object>(
  work: (undo: Undo, on: (node: ManagedNode) => Undo) => Promise<T>,
): Promise<T & Undoing> {
  const steps: { step: Heal; node?: string }[] = [];
  const undone = async (those: readonly { step: Heal }[]): Promise<void> => {
    let failure: unknown;
    for (const { step } of [...those].reverse())
      try {
        await step();
      } catch (error) {
        failure ??= error;
      }
    if (failure !== undefined) throw failure;
  };
  const heal = (): Promise<void> => undone(steps);
  try {
    const injected = await work(
      (step) => steps.push({ step }),
      ({ name }) =>
        (step) =>
          steps.push({ step, node: name }),
    );
    return { ...injected, heal, ...(steps.every(({ node }) => node !== undefined) && { apart: apartOf() }) };
  } catch (error) {
    await heal().catch(() => undefined);
    throw error;
  }

  function apartOf(): Map<string, Heal> {
    const names = new Set(steps.flatMap(({ node }) => node ?? []));
    return new Map([...names].map((name) => [name, () => undone(steps.filter(({ node }) => node === name))]));
  }
}

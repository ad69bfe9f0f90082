import { until, WaitTimeout } from '../core/until.js';
import type { Evidence } from '../recording/deeds.js';
import type { ManagedNode } from '../topology/types.js';
import { DidNotBite, type FaultContext } from './types.js';

interface Look {
  /** Finishes the sentence "it was carried out, but …" together with the last thing seen. */
  describe: string;
  within: number;
  every?: number;
  /** Nothing happened before this moment. */
  since: number;
}

export interface Noticed<T> {
  value: T;
  at: number;
  uncertainty: number;
}

/**
 * Looks until there is something to see (`found` is not undefined). It came about between the look before and the one that
 * saw it. @throws DidNotBite when there was nothing to see in time.
 */
export async function noticed<T>(
  ctx: Pick<FaultContext, 'clock' | 'signal'>,
  { describe, within, every = 20, since }: Look,
  look: () => Promise<{ found?: T | undefined; seen: string }>,
): Promise<Noticed<T>> {
  let before = since;
  let asked = since;
  try {
    const { found, never } = await until<{ found?: T | undefined; seen: string; never?: DidNotBite }>(
      async () => {
        before = asked;
        asked = ctx.clock.now();
        try {
          return await look();
        } catch (error) {
          if (error instanceof DidNotBite) return { seen: '', never: error };
          throw error;
        }
      },
      (result) => result.found !== undefined || result.never !== undefined,
      { describe, within, every, signal: ctx.signal, show: ({ seen }) => seen },
    );
    if (never) throw never;
    const to = ctx.clock.now();
    return { value: found as T, at: (before + to) / 2, uncertainty: (to - before) / 2 };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof WaitTimeout)
      throw new DidNotBite(error.message.replace(/ \(last: /, ' (last seen: '), { cause: error });
    throw error;
  }
}

/** What is looked for on a node: what was found, in words, or what is seen instead. */
export type Sight = Promise<{ found?: string | undefined; seen: string }>;

/** Every target has to show it; the moment is that of the first. */
export async function shown(
  targets: readonly ManagedNode[],
  ctx: Pick<FaultContext, 'clock' | 'signal'>,
  /** Before that moment nothing of it can be seen. */
  since: number,
  within: number,
  sight: (node: ManagedNode) => Sight,
): Promise<Evidence> {
  const found = await Promise.all(
    targets.map((node) => noticed(ctx, { describe: `what it does to ${node.name}`, within, since }, () => sight(node))),
  );
  const { at, uncertainty } = found.reduce((a, b) => (b.at < a.at ? b : a));
  return { at, uncertainty, text: found.map(({ value }, i) => `${targets[i]!.name} ${value}`).join('; ') };
}

/** Work of a fault that goes on after inject, until it is healed: a load, a stream of slow commands, links that are cut again and again. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Background {
  /** Ends it and waits for the turn that is running. Safe to call twice. */
  stop(): Promise<void>;
  /** Why it ended by itself, once it has. */
  ended(): Error | undefined;
}

/** A turn every `every` ms, one at a time; the first at once. What a turn throws ends it. */
export function keepDoing(every: number, turn: () => Promise<unknown>): Background {
  const over = new AbortController();
  let failure: Error | undefined;
  const work = (async () => {
    for (let due = performance.now(); !over.signal.aborted; ) {
      await turn();
      due = Math.max(due + every, performance.now());
      await sleep(due - performance.now(), undefined, { signal: over.signal }).catch(() => undefined);
    }
  })().catch((error: unknown) => {
    failure = error as Error;
  });
  return {
    ended: () => failure,
    stop: async () => {
      over.abort();
      await work;
    },
  };
}

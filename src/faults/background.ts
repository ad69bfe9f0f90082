/** Work of a fault that goes on after inject, until it is healed: a load, a stream of slow commands, links that are cut again and again. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Background {
  /** Ends it and waits for the turn that is running. Safe to call twice. */
  stop(): Promise<void>;
}

/** What a turn returns after which no more is to come. */
export const OVER = Symbol('over');

/**
 * A turn every `every` ms, one at a time, the first at once, until it is stopped or a turn returns OVER; with `pause` no sooner than
 * so long after the one before. A turn that fails is followed by the next: a server that is hit hard does not always answer.
 */
export function keepDoing(every: number, turn: () => Promise<unknown>, pause = 0): Background {
  const ended = new AbortController();
  const { signal } = ended;
  const rest = (ms: number): Promise<unknown> => sleep(ms, undefined, { signal }).catch(() => undefined);
  const work = (async () => {
    if (pause > 0) await rest(pause);
    for (let due = performance.now(); !signal.aborted; ) {
      if ((await turn().catch(() => undefined)) === OVER) return;
      due = Math.max(due + every, performance.now() + pause);
      await rest(due - performance.now());
    }
  })();
  return {
    stop: async () => {
      ended.abort();
      await work;
    },
  };
}

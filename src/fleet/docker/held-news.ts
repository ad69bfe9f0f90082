/** What became of a held server, and waiting for it. */
import { setMaxListeners } from 'node:events';
import type { Change, Down } from './session.js';

export const isDown = (change: Change): change is Down => !change.up;
export const isEither = (_: Change): _ is Change => true;

export function news(closing: AbortSignal) {
  const changes = new EventTarget();
  // Everybody who waits for its end.
  setMaxListeners(0, changes);
  let known: Change | undefined;
  return {
    last: (): Change | undefined => known,
    forget(): void {
      known = undefined;
    },
    tell(change: Change): void {
      known = change;
      changes.dispatchEvent(new Event('change'));
    },
    /** As it is now, or as soon as it is so. Rejects when the run is torn down. */
    until: <T extends Change>(wanted: (change: Change) => change is T): Promise<T> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!known || !wanted(known)) return;
          stop();
          resolve(known);
        };
        const abort = (): void => {
          stop();
          reject(closing.reason);
        };
        const stop = (): void => {
          changes.removeEventListener('change', look);
          closing.removeEventListener('abort', abort);
        };
        changes.addEventListener('change', look);
        closing.addEventListener('abort', abort, { once: true });
        if (closing.aborted) abort();
        else look();
      }),
  };
}

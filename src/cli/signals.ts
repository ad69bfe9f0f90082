/** Being asked to stop: the first time a run is let heal and tear down, the second time it is left at once. */
import { RedrillError } from '../core/errors.js';
import { say } from './output.js';

const statuses = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const BUG = 70;

export interface Interruption {
  readonly signal: AbortSignal;
  /** The exit status, once something has asked to stop. */
  status(): number | undefined;
}

/** Set while there is something to take down. */
let stopFor: ((reason: RedrillError, status: number) => void) | undefined;

/** Watches from the first call on: a command that starts nothing is simply ended by the signal. */
export function watchSignals(): Interruption {
  const stop = new AbortController();
  let status: number | undefined;
  stopFor = (reason, code) => {
    if (status !== undefined) return;
    status = code;
    say('\nstopping: healing faults and removing containers (Ctrl-C again to leave at once)');
    stop.abort(reason);
  };
  for (const [name, code] of Object.entries(statuses))
    process.on(name, () => {
      if (status === undefined) return stopFor?.(new RedrillError('INTERRUPTED', `interrupted by ${name}`), code);
      // A terminal that goes away tells it twice, by the kernel and by the shell, and service managers send it along: nobody is impatient.
      if (name === 'SIGHUP') return;
      say('\nleft at once; containers may still be there: run `redrill clean`');
      process.exit(code);
    });
  return { signal: stop.signal, status: () => status };
}

/** Nothing is to be taken down any more: a signal ends the process, also while somebody is slow to read its last lines. */
export function unwatchSignals(): void {
  stopFor = undefined;
  for (const name of Object.keys(statuses)) process.removeAllListeners(name);
}

/** A bug that nobody caught ends a run too, but not before its containers are gone. @returns false when there is nothing to take down. */
export function stopForBug(message: string): boolean {
  stopFor?.(new RedrillError('BUG', message), BUG);
  return stopFor !== undefined;
}

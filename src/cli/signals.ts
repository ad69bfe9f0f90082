/** Ctrl-C: the first one lets the run heal and tear down, the second one leaves at once. */
import { RedrillError } from '../core/errors.js';
import { say } from './output.js';

const statuses = { SIGINT: 130, SIGTERM: 143 } as const;

export interface Interruption {
  readonly signal: AbortSignal;
  /** The exit status, once somebody has asked to stop. */
  status(): number | undefined;
}

/** Watches from the first call on: a command that starts nothing is simply ended by the signal. */
export function watchSignals(): Interruption {
  const stop = new AbortController();
  let status: number | undefined;
  for (const [name, code] of Object.entries(statuses))
    process.on(name, () => {
      if (status !== undefined) {
        say('\nleft at once; containers may still be there: run `redrill clean`');
        process.exit(code);
      }
      status = code;
      say('\nstopping: healing faults and removing containers (Ctrl-C again to leave at once)');
      stop.abort(new RedrillError('INTERRUPTED', `interrupted by ${name}`));
    });
  return { signal: stop.signal, status: () => status };
}

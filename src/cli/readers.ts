/**
 * Who reads our output may go away (`| head -1`), stop reading, or have no room: the work goes on, what has been started is
 * taken down, and the exit status is the one it would have been.
 */
import { messageOf } from '../core/errors.js';
import { say } from './output.js';

const streams = ['stdout', 'stderr'] as const;

export interface Readers {
  /**
   * Resolves when everything was taken: a pipe takes no more than its buffer at once, and what is longer than that would
   * be cut off by the exit. Says what could not be written.
   * @returns false when stdout, wanted by somebody, did not arrive.
   */
  served(): Promise<boolean>;
}

export function outliveReaders(): Readers {
  const failures = new Map<string, NodeJS.ErrnoException>();
  for (const name of streams)
    process[name].on('error', (error: NodeJS.ErrnoException) => {
      if (!failures.has(name)) failures.set(name, error);
    });
  const served = (): Promise<unknown> =>
    Promise.all(streams.map((name) => new Promise((done) => process[name].write('', done))));
  return {
    async served() {
      await served();
      const failure = failures.get('stdout');
      // Whoever closed the pipe has read enough.
      if (!failure || failure.code === 'EPIPE') return true;
      say(`the output could not be written: ${messageOf(failure)}`);
      await served();
      return false;
    },
  };
}

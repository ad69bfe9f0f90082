import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import type { Line } from '../types.js';
import { lineReader, sinceOf } from './logs.js';

/**
 * Lines as they come, over all lives of the container. The engine ends the stream with the life; it is opened again at
 * the last stamp seen, and what was seen before is left out.
 */
export function followLogs(
  handle: () => Dockerode.Container,
  started: EventTarget,
  onLine: (line: Line) => void,
  signal: AbortSignal,
): void {
  let last = '';
  const both = { stdout: true, stderr: true, timestamps: true } as const;

  const mark = async (): Promise<void> => {
    lineReader(({ stamp }) => {
      last = stamp;
    })(await handle().logs({ ...both, tail: 1 }));
  };

  const oneLife = async (): Promise<void> => {
    const stream = await handle().logs({ ...both, follow: true, since: sinceOf(last) as unknown as number });
    const stop = (): void => {
      (stream as unknown as { destroy(): void }).destroy();
    };
    signal.addEventListener('abort', stop, { once: true });
    stream.on(
      'data',
      lineReader(({ stamp, wall, text }) => {
        if (stamp <= last || signal.aborted) return;
        last = stamp;
        onLine({ wall, text });
      }),
    );
    await new Promise<void>((resolve) => {
      stream.on('end', resolve).on('close', resolve).on('error', resolve);
    });
    signal.removeEventListener('abort', stop);
  };

  const run = async (): Promise<void> => {
    await mark();
    while (!signal.aborted) {
      const restarted = once(started, 'start', { signal });
      restarted.catch(() => {});
      await oneLife();
      if (!signal.aborted && (await running(handle()))) await sleep(50, undefined, { signal });
      else await restarted;
    }
  };
  // Log lines are one witness of several: when the engine fails, the run finds out by its other calls.
  run().catch(() => {});
}

/** One that is gone has been made anew, and is yet to be started. */
const running = (container: Dockerode.Container): Promise<boolean> =>
  container.inspect().then(
    ({ State }) => State.Running,
    () => false,
  );

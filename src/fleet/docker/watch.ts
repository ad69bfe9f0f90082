/** Notices when the engine dies under a run: whatever waits for a container would otherwise wait until its budget is used up. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';
import { within } from '../../core/until.js';
import type { Engine } from './engine.js';

/** An engine that is restarted, or a socket that a proxy closes, may come back at once. */
const ATTEMPTS = 6;
const PAUSE = 250;

/** Aborts `lost` when the engine is gone. `closing` ends the watch. */
export function watchEngine(engine: Engine, lost: AbortController, closing: AbortSignal): void {
  const watch = async (): Promise<void> => {
    while (!closing.aborted) {
      await hangUp(engine, closing);
      const reason = await whyNoAnswer(engine, closing);
      if (reason === undefined) continue;
      lost.abort(
        new RedrillError('ENGINE', 'the container engine is gone', {
          hint: 'What this run had started may still be there: `redrill clean` removes it once the engine is back.',
          cause: reason,
        }),
      );
      return;
    }
  };
  void watch();
}

/** A stream of events of a kind that hardly ever comes; it ends when the engine does. */
async function hangUp(engine: Engine, closing: AbortSignal): Promise<void> {
  try {
    const events = await engine.docker.getEvents({ filters: { type: ['daemon'], event: ['reload'] } });
    const close = (): void => void (events as NodeJS.ReadableStream & { destroy(): void }).destroy();
    closing.addEventListener('abort', close, { once: true });
    events.on('error', () => {});
    events.resume();
    if (closing.aborted) close();
    await once(events, 'close').catch(() => {});
    closing.removeEventListener('abort', close);
  } catch {
    // Not to be had: the question that follows tells why.
  }
}

async function whyNoAnswer(engine: Engine, closing: AbortSignal): Promise<unknown> {
  let reason: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await sleep(PAUSE);
    if (closing.aborted) return undefined;
    try {
      await within(engine.docker.ping(), s(2), 'ask the engine whether it is there');
      return undefined;
    } catch (error) {
      reason = error;
    }
  }
  return reason;
}

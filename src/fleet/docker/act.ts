/** Requests that act on a container, or look at one. An engine that does not answer one of them is stuck: nothing more can be done with it. */
import { RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';
import { WaitTimeout } from '../../core/until.js';
import { ask } from './engine.js';

/** Loaded engines have taken 4 s for what they do in 100 ms; one that waits for itself never answers. */
export const PATIENCE = s(20);

export type Act = <T>(what: string, request: Promise<T>, limit?: number) => Promise<T>;

export const gaveNoAnswer = (error: unknown): boolean =>
  error instanceof RedrillError && error.code === 'ENGINE' && error.cause instanceof WaitTimeout;

/** `stuck` is told once for each request without an answer. */
export const actWith =
  (stuck: (why: RedrillError) => void): Act =>
  async (what, request, limit = PATIENCE) => {
    try {
      return await ask(what, request, limit);
    } catch (error) {
      if (gaveNoAnswer(error))
        stuck(
          new RedrillError('ENGINE', `the container engine does not answer: ${(error as RedrillError).message}`, {
            hint: 'What this run had started may still be there: `redrill clean` removes it once the engine answers again.',
            cause: error,
          }),
        );
      throw error;
    }
  };

import { messageOf, RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';
import { WaitTimeout, within } from '../../core/until.js';
import { type Credentials, credentialsFor } from './credentials.js';
import { type Engine, reasonOf, statusOf } from './engine.js';

export type Pulled = { pulled: true } | { pulled: false; unreachable: boolean; reason: string };

/** A registry that has not begun to answer by then is taken as unreachable. */
const PATIENCE = s(10);
const STALLED = s(60);

export async function pullImage(
  engine: Engine,
  ref: string,
  signal: AbortSignal | undefined,
  note: (line: string) => void,
): Promise<Pulled> {
  const budget = new AbortController();
  const abortSignal = signal ? AbortSignal.any([signal, budget.signal]) : budget.signal;
  try {
    const authconfig = await login(engine, ref, note);
    const asked = engine.docker.pull(ref, { abortSignal, ...(authconfig && { authconfig }) });
    const stream = await within(asked, PATIENCE, `ask the registry for ${ref}`);
    await followed(engine, stream, () => note(`pulling ${ref}`));
    return { pulled: true };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RedrillError && !(error instanceof WaitTimeout)) throw error;
    const reason = error instanceof WaitTimeout ? 'the registry does not answer' : reasonOf(error);
    // "No such image" comes from a registry that is there; anything else would meet the next image too.
    return { pulled: false, unreachable: statusOf(error) !== 404, reason };
  } finally {
    budget.abort();
  }
}

/** A helper that fails must not keep us from what everybody may have. */
async function login(engine: Engine, ref: string, note: (line: string) => void): Promise<Credentials | undefined> {
  try {
    return await within(credentialsFor(ref, engine.index), PATIENCE, `look for credentials for ${ref}`);
  } catch (error) {
    note(`${ref} is asked for without credentials: ${messageOf(error)}`);
    return undefined;
  }
}

/** Waits for the end of the download as long as it gets on. */
function followed(engine: Engine, stream: NodeJS.ReadableStream, onFirst: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let begun = false;
    const alive = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => reject(new Error(`no progress for ${STALLED / 1000} s`)), STALLED);
    };
    alive();
    engine.docker.modem.followProgress(
      stream,
      (error: Error | null) => {
        clearTimeout(timer);
        if (error) reject(new Error(messageOf(error)));
        else resolve();
      },
      () => {
        if (!begun) onFirst();
        begun = true;
        alive();
      },
    );
  });
}

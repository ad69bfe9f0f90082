/**
 * The server is a child of the holder, which is its container's first process (docker/holder.c): it ends without its container.
 * Beginning, ending and signalling are a line to the holder, for any number of servers at once; the engine, its networks and
 * the container's address have no part in it. What the server prints comes the same way, from its first line on.
 */
import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import { RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';
import { WaitTimeout, within } from '../../core/until.js';
import type { ContainerState, Line } from '../types.js';
import type { Act } from './act.js';
import { askIdempotent, type Engine } from './engine.js';
import type { Freezer } from './freezer.js';
import type { Life } from './life.js';
import { printed, stateOf } from './plain-life.js';
import { type Change, type Down, holdSession, type Session } from './session.js';

/** Linux's own: those of the machine that the harness runs on may be others. */
const signals: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGTERM: 15,
  SIGCONT: 18,
  SIGSTOP: 19,
};

export function heldLife(
  name: string,
  handle: () => Dockerode.Container,
  { engine, act, freezer, closing }: { engine: Engine; act: Act; freezer: Freezer; closing: AbortSignal },
): Life {
  const what = (verb: string): string => `${verb} ${name}`;
  const changes = new EventTarget();
  // Everybody who waits for its end.
  setMaxListeners(0, changes);
  const followers = new Set<(line: Line) => void>();
  let session: Session | undefined;
  let known: Change | undefined;
  let past: readonly Line[] = [];
  let lines: Line[] = [];
  /** Something may have been printed while nobody listened. */
  let gap = false;
  /** The engine's clock against ours, where that is on another machine: the least delayed message is the best. */
  let ahead = Number.NEGATIVE_INFINITY;

  const become = (change: Change): void => {
    known = change;
    ahead = Math.max(ahead, change.wall - Date.now());
    changes.dispatchEvent(new Event('change'));
  };

  const listen = async (): Promise<Session> => {
    const streams = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
    const stream = (await act(what('attach to'), handle().attach(streams))) as Duplex;
    const opened: Session = holdSession(stream, {
      changed: become,
      printed(text) {
        const line = { wall: Date.now() + (engine.local || !Number.isFinite(ahead) ? 0 : ahead), text };
        lines.push(line);
        for (const onLine of followers) onLine(line);
      },
      over() {
        if (session !== opened) return;
        session = undefined;
        if (!closing.aborted && known?.up) void endedFromOutside().catch(() => {});
      },
    });
    session = opened;
    closing.addEventListener('abort', opened.close, { once: true });
    return opened;
  };

  /** Somebody ended the container, or only our connection to it. */
  const endedFromOutside = async (): Promise<void> => {
    gap = true;
    const { State } = await act(what('inspect'), handle().inspect());
    if (State.Running) await command(await listen(), 'look at', 'state');
    else become({ up: false, code: State.ExitCode, oom: State.OOMKilled, wall: Date.now() });
  };

  const command = (to: Session, verb: string, words: string): Promise<boolean> => act(what(verb), to.command(words));

  const until = <T extends Change>(wanted: (change: Change) => change is T): Promise<T> =>
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
    });

  const isDown = (change: Change): change is Down => !change.up;
  const isEither = (_: Change): _ is Change => true;

  const signal = async (name: string): Promise<boolean> => {
    const number = signals[name];
    if (number === undefined) throw new RedrillError('BUG', `${name} is not a signal that is sent`);
    if (!session) return false;
    const sent = command(session, `send ${name} to`, `kill ${number}`);
    // A frozen holder reads it at the moment when both wake.
    if (freezer.frozen()) await freezer.unpause();
    return sent;
  };

  const life: Life = {
    async begin() {
      if (session) {
        await command(session, 'start', 'start');
        return false;
      }
      known = undefined;
      const opened = await listen();
      try {
        const begun = until(isEither);
        begun.catch(() => {});
        await askIdempotent(what('start'), act(what('start'), handle().start(), s(60)), /already started/);
        await command(opened, 'look at', 'state');
        await act(what('start'), begun);
        return true;
      } catch (error) {
        session = undefined;
        opened.close();
        throw error;
      }
    },
    async stop(grace) {
      if (!(await signal('SIGTERM'))) return;
      try {
        await within(until(isDown), grace, what('stop'));
      } catch (error) {
        if (!(error instanceof WaitTimeout)) throw error;
        await signal('SIGKILL');
        await act(what('stop'), until(isDown), s(30));
      }
    },
    async kill(name) {
      if (!(await signal(name))) throw new RedrillError('ENGINE', `${what(`send ${name} to`)}: it is not running`);
    },
    async quench() {
      if (session && known?.up && !freezer.frozen())
        await within(session.command('kill 9'), s(3), what('end')).catch(() => undefined);
    },
    exited() {
      const code = until(isDown).then(({ code }) => code);
      code.catch(() => {});
      return code;
    },
    async state(): Promise<ContainerState> {
      if (!known) return stateOf(await act(what('inspect'), handle().inspect()));
      if (!known.up) return { status: 'exited', exitCode: known.code, oomKilled: known.oom };
      return { status: freezer.frozen() ? 'paused' : 'running', exitCode: 0, oomKilled: false };
    },
    logs: async () => [...past, ...(gap ? await printed(name, handle(), { stderr: false }) : lines)],
    follow(onLine, signal) {
      followers.add(onLine);
      signal.addEventListener('abort', () => followers.delete(onLine), { once: true });
    },
    carry(log) {
      past = log;
      lines = [];
      gap = false;
    },
  };
  return life;
}

/**
 * The server is a child of the holder, which is its container's first process (docker/holder.c): it ends without its container.
 * Beginning, ending and signalling are a line to the holder, for any number of servers at once; the engine, its networks and
 * the container's address have no part in it. What the server prints comes the same way, from its first line on.
 */
import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import { RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';
import { WaitTimeout, within } from '../../core/until.js';
import type { ContainerState } from '../types.js';
import type { Act } from './act.js';
import { askIdempotent, type Engine } from './engine.js';
import type { Freezer } from './freezer.js';
import { heldLog } from './held-log.js';
import { isDown, isEither, news } from './held-news.js';
import type { Life } from './life.js';
import { printed, stateOf } from './plain-life.js';
import { holdSession, type Session } from './session.js';

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

interface Held {
  name: string;
  handle(): Dockerode.Container;
  act: Act;
  freezer: Freezer;
  news: ReturnType<typeof news>;
  log: ReturnType<typeof heldLog>;
  /** While the container runs, and we are connected to its holder. */
  session: Session | undefined;
  closing: AbortSignal;
}

export function heldLife(
  name: string,
  handle: () => Dockerode.Container,
  { engine, act, freezer, closing }: { engine: Engine; act: Act; freezer: Freezer; closing: AbortSignal },
): Life {
  const held: Held = {
    ...{ name, handle, act, freezer, closing },
    news: news(closing),
    log: heldLog(engine.local, () => printed(name, handle(), { stderr: false })),
    session: undefined,
  };
  const { log } = held;
  const until = held.news.until;
  return {
    begin: () => begin(held),
    stop: (grace) => stop(held, grace),
    async kill(signal) {
      if (!(await send(held, signal))) throw new RedrillError('ENGINE', `send ${signal} to ${name}: it is not running`);
    },
    async quench() {
      if (held.session && held.news.last()?.up && !freezer.frozen())
        await within(held.session.command('kill 9'), s(3), `end ${name}`).catch(() => undefined);
    },
    exited() {
      const code = until(isDown).then(({ code }) => code);
      code.catch(() => {});
      return code;
    },
    async state(): Promise<ContainerState> {
      const last = held.news.last();
      if (!last) return stateOf(await act(`inspect ${name}`, handle().inspect()));
      if (!last.up) return { status: 'exited', exitCode: last.code, oomKilled: last.oom };
      return { status: freezer.frozen() ? 'paused' : 'running', exitCode: 0, oomKilled: false };
    },
    logs: log.all,
    follow: log.follow,
    carry: log.carry,
  };
}

/** @returns whether the container was started for it. */
async function begin(held: Held): Promise<boolean> {
  const { name, handle, act, news } = held;
  const what = `start ${name}`;
  if (held.session) {
    await act(what, held.session.command('start'));
    return false;
  }
  news.forget();
  const opened = await listen(held);
  try {
    const begun = news.until(isEither);
    begun.catch(() => {});
    await askIdempotent(what, act(what, handle().start(), s(60)), /already started/);
    await act(`look at ${name}`, opened.command('state'));
    await act(what, begun);
    return true;
  } catch (error) {
    held.session = undefined;
    opened.close();
    throw error;
  }
}

async function stop(held: Held, grace: number): Promise<void> {
  const { name, act, news } = held;
  if (!(await send(held, 'SIGTERM'))) return;
  try {
    await within(news.until(isDown), grace, `stop ${name}`);
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
    await send(held, 'SIGKILL');
    await act(`stop ${name}`, news.until(isDown), s(30));
  }
}

/** @returns whether there was something to send it to. */
async function send({ name, act, freezer, session }: Held, signal: string): Promise<boolean> {
  const number = signals[signal];
  if (number === undefined) throw new RedrillError('BUG', `${signal} is not a signal that is sent`);
  if (!session) return false;
  const sent = act(`send ${signal} to ${name}`, session.command(`kill ${number}`));
  // A frozen holder reads it at the moment when both wake.
  if (freezer.frozen()) await freezer.unpause();
  return sent;
}

async function listen(held: Held): Promise<Session> {
  const { name, handle, act, closing, news, log } = held;
  const streams = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
  const stream = (await act(`attach to ${name}`, handle().attach(streams))) as Duplex;
  const opened: Session = holdSession(stream, {
    changed(change) {
      log.timed(change.wall);
      news.tell(change);
    },
    printed: log.add,
    over() {
      if (held.session !== opened) return;
      held.session = undefined;
      if (!closing.aborted && news.last()?.up) endedFromOutside(held).catch(() => {});
    },
  });
  held.session = opened;
  closing.addEventListener('abort', opened.close, { once: true });
  return opened;
}

/** Somebody ended the container, or only our connection to it. */
async function endedFromOutside(held: Held): Promise<void> {
  const { name, handle, act, news, log } = held;
  log.missed();
  const { State } = await act(`inspect ${name}`, handle().inspect());
  if (State.Running) await act(`look at ${name}`, (await listen(held)).command('state'));
  else news.tell({ up: false, code: State.ExitCode, oom: State.OOMKilled, wall: Date.now() });
}

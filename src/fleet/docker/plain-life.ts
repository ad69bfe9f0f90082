/** The server is its container's first process: it lives and ends with it, and the engine has the say. */
import type Dockerode from 'dockerode';
import { s } from '../../core/units.js';
import type { ContainerState, Line } from '../types.js';
import { type Act, PATIENCE } from './act.js';
import { ask, askIdempotent } from './engine.js';
import { followLogs } from './follow.js';
import type { Life } from './life.js';
import { lineReader } from './logs.js';

/** The longest time a timer can take. */
const FOR_EVER = 2 ** 31 - 1;

export function plainLife(name: string, handle: () => Dockerode.Container, act: Act, closing: AbortSignal): Life {
  const started = new EventTarget();
  const past: Line[] = [];
  const what = (verb: string): string => `${verb} ${name}`;
  return {
    async begin() {
      await askIdempotent(what('start'), act(what('start'), handle().start(), s(60)), /already started/);
      started.dispatchEvent(new Event('start'));
      return true;
    },
    async stop(grace) {
      const seconds = Math.ceil(grace / 1000);
      const stopped = act(what('stop'), handle().stop({ t: seconds }), grace + s(30));
      await askIdempotent(what('stop'), stopped, /already stopped/, grace + s(40));
    },
    async kill(signal) {
      await act(what(`send ${signal} to`), handle().kill({ signal }));
    },
    // It would be one more thing for the engine to do.
    quench: async () => undefined,
    exited() {
      // No budget of its own: how long a process may live is the caller's business. Teardown ends it.
      const ended = ask(what('wait for'), handle().wait({ abortSignal: closing }), FOR_EVER);
      const code = ended.then(({ StatusCode }) => StatusCode);
      // Who has stopped listening by then must not be brought down by it.
      code.catch(() => {});
      return code;
    },
    state: async () => stateOf(await act(what('inspect'), handle().inspect())),
    logs: async () => [...past, ...(await printed(name, handle()))],
    follow(onLine, signal) {
      followLogs(handle, started, onLine, AbortSignal.any([signal, closing]));
    },
    carry: (log) => void past.splice(0, past.length, ...log),
  };
}

export const stateOf = ({ State }: Dockerode.ContainerInspectInfo): ContainerState => ({
  status: State.Paused ? 'paused' : State.Running ? 'running' : State.Status === 'created' ? 'created' : 'exited',
  exitCode: State.ExitCode,
  oomKilled: State.OOMKilled,
});

/** What the engine has kept of the container's output. */
export async function printed(name: string, handle: Dockerode.Container, streams = { stderr: true }): Promise<Line[]> {
  const lines: Line[] = [];
  const all = await ask(
    `read the log of ${name}`,
    handle.logs({ stdout: true, ...streams, timestamps: true }),
    PATIENCE,
  );
  lineReader(({ wall, text }) => lines.push({ wall, text }))(all);
  return lines;
}

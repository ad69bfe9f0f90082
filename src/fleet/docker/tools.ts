import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { RedrillError } from '../../core/errors.js';
import type { Journal } from '../journal.js';
import { ask, type Engine } from './engine.js';
import { resolveImage } from './images.js';
import type { Labels } from './labels.js';
import { runScripts } from './scripts.js';

const program = readFileSync(new URL('../../../docker/scripts.py', import.meta.url), 'utf8');

/** A container beside the run's own, which sees the engine's network devices and processes. */
export interface Tools {
  /** A fixed script; what varies comes as its arguments, never inside the text. */
  script(text: string, args: string[], timeout?: number): Promise<string>;
}

/**
 * The abilities it needs, one by one: `--privileged` asks for all there are, which engines that run with fewer
 * themselves refuse.
 */
const abilities = ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN', 'SYS_PTRACE'];

export async function startTools(
  engine: Engine,
  runId: string,
  labels: Labels,
  journal: Pick<Journal, 'note'>,
  signal?: AbortSignal,
): Promise<Tools> {
  const { ref } = await resolveImage('redrill/tools', { signal });
  const name = `${runId}-tools`;
  await journal.note({ intent: 'container', name });
  const handle = await ask(
    'create the tools container',
    engine.docker.createContainer({
      name,
      Image: ref,
      Entrypoint: ['python3', '-uc'],
      Cmd: [program],
      OpenStdin: true,
      Labels: labels,
      StopSignal: 'SIGKILL',
      HostConfig: {
        NetworkMode: 'host',
        PidMode: 'host',
        RestartPolicy: { Name: 'no' },
        LogConfig: { Type: 'none', Config: {} },
        CapAdd: abilities,
        SecurityOpt: ['apparmor=unconfined', 'seccomp=unconfined', 'label=disable'],
        // Makes /proc/sys writable, for the neighbour table.
        MaskedPaths: [],
        ReadonlyPaths: [],
      },
    }),
  );
  const streams = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
  const stream = await ask('attach to the tools container', handle.attach(streams));
  const scripts = runScripts(stream as Duplex);
  await ask('start the tools container', handle.start());
  return {
    async script(text, args, timeout = 30_000) {
      const done = await ask('run a script in the tools container', scripts.run(text, args), timeout).catch(
        async (error: unknown) => {
          // The engine itself may be gone: that is said first.
          await ask('look at the tools container', handle.inspect());
          throw error;
        },
      );
      if (done.code === 0) return done.stdout;
      throw new RedrillError('ENGINE', `a command in the tools container failed: ${lastLine(done.stderr)}`);
    },
  };
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) || 'it said nothing';

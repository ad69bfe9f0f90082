import { RedrillError } from '../../core/errors.js';
import { resolveImage } from '../images.js';
import type { Journal } from '../journal.js';
import type { Executed } from '../types.js';
import { ask, type Engine } from './engine.js';
import { execIn } from './exec.js';
import type { Labels } from './labels.js';

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
      Entrypoint: ['sleep'],
      Cmd: ['infinity'],
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
  await ask('start the tools container', handle.start());
  return {
    async script(text, args, timeout = 30_000) {
      const done: Executed = await execIn(handle, 'the tools container', ['sh', '-euc', text, 'sh', ...args], timeout);
      if (done.code === 0) return done.stdout;
      throw new RedrillError('ENGINE', `a command in the tools container failed: ${lastLine(done.stderr)}`);
    },
  };
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) || 'it said nothing';

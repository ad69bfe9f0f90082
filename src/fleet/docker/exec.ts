import type Dockerode from 'dockerode';
import { RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';
import { until } from '../../core/until.js';
import type { Executed } from '../types.js';
import { ask } from './engine.js';
import { frameReader } from './frames.js';

/** Runs a command in a container, in its own working directory or another. After `timeout` the call fails; the command itself can't be ended by the engine. */
export async function execIn(
  container: Dockerode.Container,
  name: string,
  argv: string[],
  timeout: number,
  workdir?: string,
): Promise<Executed> {
  const what = `run ${argv[0]} in ${name}`;
  const exec = await ask(
    what,
    container.exec({ Cmd: argv, AttachStdout: true, AttachStderr: true, ...(workdir && { WorkingDir: workdir }) }),
  );
  const stream = await ask(what, exec.start({}));
  const out = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  stream.on(
    'data',
    frameReader((from, payload) => out[from].push(payload)),
  );
  try {
    await ask(what, ended(stream), timeout);
  } finally {
    stream.destroy();
  }
  // The output may end a moment before the engine knows the exit code.
  const { ExitCode } = await until(
    () => ask(what, exec.inspect()),
    ({ Running }) => !Running,
    { describe: `${what} is over`, within: s(5), every: 10 },
  );
  if (ExitCode === null) throw new RedrillError('ENGINE', `${what}: the engine lost its exit code`);
  return { code: ExitCode, stdout: text(out.stdout), stderr: text(out.stderr) };
}

const ended = (stream: NodeJS.ReadableStream): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.on('end', resolve).on('close', resolve).on('error', reject);
  });

const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8');

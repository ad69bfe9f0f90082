import { release } from 'node:os';
import type Dockerode from 'dockerode';
import { messageOf, RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';
import { WaitTimeout, within } from '../../core/until.js';

export interface Engine {
  docker: Dockerode;
  /** Where ports published by the engine are reached from here. */
  host: string;
  /** The engine shares our kernel. */
  local: boolean;
  id: string;
  version: string;
  kernel: string;
  cpus: number;
  memory: number;
  system: string;
  /** Where it pulls from what names no registry. */
  index: string;
  /** Which limits it can set. Engines without root may have none of them. */
  cgroups: { memory: boolean; cpu: boolean; freezer: boolean };
}

const HINT =
  'Start Docker and try again; `redrill setup` installs and starts one on Debian and Ubuntu (as root). DOCKER_HOST selects another engine.';

/** The engine that DOCKER_HOST, the Docker configuration, Docker Desktop or a rootless set-up point to. */
export async function connectEngine(): Promise<Engine> {
  // Imported here: it takes a quarter of a second, and `redrill validate` needs no engine.
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    const client = await within(getContainerRuntimeClient(), s(8), 'find a container engine');
    const docker = client.container.dockerode as unknown as Dockerode;
    refuseSubstitute(docker);
    const { host } = client.info.containerRuntime;
    const info = await within(docker.info(), s(8), 'ask the engine what it is');
    return {
      docker,
      // Ports are published on 127.0.0.1, but localhost may be ::1 here.
      host: host === 'localhost' ? '127.0.0.1' : host,
      local: Boolean((docker.modem as { socketPath?: string }).socketPath) && info.KernelVersion === release(),
      id: info.ID,
      version: info.ServerVersion,
      kernel: info.KernelVersion,
      cpus: info.NCPU,
      memory: info.MemTotal,
      system: info.OperatingSystem,
      index: info.IndexServerAddress,
      cgroups: cgroupsOf(info),
    };
  } catch (cause) {
    if (cause instanceof RedrillError && !(cause instanceof WaitTimeout)) throw cause;
    throw new RedrillError('ENGINE', 'no container engine answers', { hint: HINT, cause });
  }
}

/** What an engine does not tell of, it has. */
const cgroupsOf = ({ CgroupDriver, MemoryLimit, CpuCfsQuota }: Info): Engine['cgroups'] => {
  const any = CgroupDriver !== 'none';
  return { memory: any && MemoryLimit !== false, cpu: any && CpuCfsQuota !== false, freezer: any };
};

interface Info {
  CgroupDriver?: string;
  MemoryLimit?: boolean;
  CpuCfsQuota?: boolean;
}

/** Discovery goes on to the usual places when DOCKER_HOST does not answer; a drill must not run on the wrong engine. */
function refuseSubstitute(docker: Dockerode): void {
  const wanted = process.env.DOCKER_HOST;
  if (!wanted || !/^(unix|tcp|https?):/.test(wanted)) return;
  const { socketPath, host } = docker.modem as { socketPath?: string; host?: string };
  const found = wanted.startsWith('unix://')
    ? socketPath === wanted.slice('unix://'.length)
    : host && wanted.includes(host);
  if (!found) throw new RedrillError('ENGINE', `no container engine answers at DOCKER_HOST=${wanted}`, { hint: HINT });
}

/** HTTP status of an engine's refusal, also when it has been wrapped by `ask`. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { statusCode } = error as { statusCode?: number };
  return statusCode ?? statusOf(error.cause);
}

/** What the engine itself said, without the client's wrapping. */
export function reasonOf(error: unknown): string {
  const said = (error as { json?: { message?: unknown } } | null)?.json?.message;
  return (typeof said === 'string' ? said : messageOf(error))
    .replace(/^\(HTTP code \d+\) [\w ]+ - /, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

const GONE = /ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|socket hang up/;

/** One request to the engine, with a budget and an error that says what was asked. */
export async function ask<T>(what: string, request: Promise<T>, limit = s(60)): Promise<T> {
  try {
    return await within(request, limit, what);
  } catch (cause) {
    if (cause instanceof RedrillError && !(cause instanceof WaitTimeout)) throw cause;
    if (cause instanceof WaitTimeout)
      throw new RedrillError('ENGINE', cause.message, { hint: 'The container engine is overloaded or stuck.', cause });
    if (statusOf(cause) === undefined && GONE.test(`${(cause as NodeJS.ErrnoException).code} ${messageOf(cause)}`))
      throw new RedrillError('ENGINE', `${what}: the container engine is gone`, { hint: HINT, cause });
    throw new RedrillError('ENGINE', `${what}: ${reasonOf(cause)}`, { cause });
  }
}

/** For requests that may find the wish already fulfilled (304, 404, 409): the refusal is not an error. */
export async function askIdempotent(what: string, request: Promise<unknown>, fine: RegExp, limit?: number) {
  try {
    await ask(what, request, limit);
  } catch (error) {
    if (statusOf(error) === 304 || (statusOf(error) !== undefined && fine.test(messageOf(error)))) return;
    throw error;
  }
}

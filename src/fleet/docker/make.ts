/** Making a container, and making it anew from another image. */
import { dirname } from 'node:path/posix';
import type Dockerode from 'dockerode';
import { type ContainerSpec, SHARED } from '../types.js';
import type { Made, Room } from './body.js';
import { doorOf } from './door.js';
import { ask } from './engine.js';
import { HOLDER } from './holder.js';
import { mirrored } from './ipv4.js';
import { connect, endpoint } from './plugs.js';
import { freePorts } from './ports.js';
import { tarOf } from './tar.js';

export async function make(room: Room, spec: ContainerSpec, ip: string): Promise<Made> {
  const made = await build(room, spec, ip);
  if (Object.keys(spec.files).length > 0) await put(made.handle, spec.name, spec.files);
  await room.share?.fill(made.handle);
  return made;
}

/** The old one makes room for its name, hands over its files, and is removed. */
export async function remake(room: Room, spec: ContainerSpec, ip: string, old: Dockerode.Container): Promise<Made> {
  const what = `make ${spec.name} anew`;
  const name = `${room.runId}-${spec.name}`;
  await ask(what, old.rename({ name: `${name}-was` }));
  let made: Made | undefined;
  try {
    made = await build(room, spec, ip);
    // On a volume it is there already.
    const inside = spec.workdir && !room.disks?.mount(spec.name) ? [spec.workdir] : [];
    for (const path of [...inside, ...Object.keys(spec.files)]) {
      const archive = await ask(what, old.getArchive({ path }));
      await ask(what, made.handle.putArchive(archive, { path: dirname(path) }));
    }
  } catch (error) {
    await made?.handle.remove({ force: true, v: true }).catch(() => undefined);
    await ask(what, old.rename({ name }));
    throw error;
  }
  await ask(what, old.remove({ force: true, v: true }));
  return made;
}

async function build(room: Room, spec: ContainerSpec, ip: string): Promise<Made> {
  const { engine, data, control } = room;
  const name = `${room.runId}-${spec.name}`;
  const ports = portsOf(room, spec);
  const published = new Map(room.connect === 'published' ? await freePorts(ports) : []);
  // Published on the loopback device only, unless the engine is on another machine.
  const hostIp = engine.host === '127.0.0.1' ? '127.0.0.1' : '';
  await room.journal.note({ intent: 'container', name });
  const handle = await ask(
    `create ${spec.name}`,
    engine.docker.createContainer({
      name,
      Image: spec.image,
      // The image's own entry point is left out: the server's exit codes are its own, whether it is held or process 1.
      ...(room.share?.holds
        ? { Entrypoint: [HOLDER], Cmd: spec.command, OpenStdin: true }
        : { Entrypoint: spec.command.slice(0, 1), Cmd: spec.command.slice(1) }),
      ...(spec.workdir && { WorkingDir: spec.workdir }),
      Env: Object.entries(spec.env ?? {}).map(([key, value]) => `${key}=${value}`),
      Labels: { ...room.labels, 'redrill.name': spec.name },
      ExposedPorts: Object.fromEntries(ports.map((port) => [`${port}/tcp`, {}])),
      HostConfig: {
        NetworkMode: data.name,
        RestartPolicy: { Name: 'no' },
        Init: false,
        Mounts: mountsOf(room, spec.name),
        LogConfig: { Type: 'json-file', Config: { 'max-size': '32m', 'max-file': '2' } },
        PortBindings: Object.fromEntries(
          [...published].map(([port, host]) => [`${port}/tcp`, [{ HostIp: hostIp, HostPort: String(host) }]]),
        ),
        ...(spec.memory && { Memory: spec.memory, MemorySwap: spec.memory }),
        ...(spec.cpus && { NanoCpus: Math.round(spec.cpus * 1e9) }),
      },
      NetworkingConfig: { EndpointsConfig: { [data.name]: endpoint(ip, spec.name) } },
    }),
  );
  if (control)
    await ask(`connect ${spec.name}`, connect(engine, control, handle.id, mirrored(ip, data.subnet, control.subnet)));
  return { handle, published };
}

function mountsOf({ share, disks }: Room, name: string): Dockerode.MountSettings[] {
  const own = disks?.mount(name);
  return [...(share ? [{ Type: 'volume' as const, Source: share.volume, Target: SHARED }] : []), ...(own ? [own] : [])];
}

export const portsOf = ({ doors }: Room, { ports }: ContainerSpec): number[] =>
  doors ? [...ports, ...ports.map(doorOf)] : ports;

export async function put(
  handle: Dockerode.Container,
  name: string,
  files: Record<string, string | Buffer>,
): Promise<void> {
  await ask(`put files into ${name}`, handle.putArchive(await tarOf(files), { path: '/' }));
}

import { dirname } from 'node:path/posix';
import type Dockerode from 'dockerode';
import { messageOf, RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';
import type { Journal } from '../journal.js';
import { type Container, type ContainerSpec, SHARED } from '../types.js';
import type { Act } from './act.js';
import { CLOCK, clockFile, withClock } from './clocks.js';
import type { Disks } from './disks.js';
import { doorOf } from './door.js';
import { ask, askIdempotent, type Engine } from './engine.js';
import { execIn } from './exec.js';
import { freezerOf } from './freezer.js';
import { heldLife } from './held-life.js';
import { HOLDER } from './holder.js';
import { mirrored } from './ipv4.js';
import type { Labels } from './labels.js';
import { limitsFor } from './limits.js';
import type { Network } from './networks.js';
import { plainLife } from './plain-life.js';
import { freePorts } from './ports.js';
import type { Share } from './share.js';
import { firstFile, tarOf } from './tar.js';

/** What every container of a run shares. */
export interface Room {
  engine: Engine;
  runId: string;
  journal: Journal;
  labels: Labels;
  connect: 'direct' | 'published';
  data: Network;
  /** A second way in, for containers that are detached from the first. */
  control: Network | undefined;
  share: Share | undefined;
  disks: Disks | undefined;
  /** Each port has a second one for those who watch. */
  doors: boolean;
  /** The library that moves wall clocks. */
  clock: Buffer | undefined;
  /** For what is done to a container. */
  act: Act;
  /** Aborts when the run is torn down. */
  closing: AbortSignal;
  /** Called when a container has got a new plug in the data network. */
  plugged(container: DockerContainer): Promise<void>;
}

export interface DockerContainer extends Container {
  readonly handle: Dockerode.Container;
  readonly ports: readonly number[];
  quench(): Promise<void>;
  /** Takes it off every network it is on. */
  unplug(): Promise<void>;
  /** Puts it back on them, under an address that from now on is its own. */
  plug(ip: string): Promise<void>;
}

export async function createContainer(room: Room, created: ContainerSpec, first: string): Promise<DockerContainer> {
  let ip = first;
  let spec = room.clock ? withClock(created, room.clock) : created;
  let clockMoved: number | undefined;
  let made = await make(room, spec, ip);
  const { name } = spec;
  const { journal, data } = room;
  const limit = s(60);
  const handle = (): Dockerode.Container => made.handle;
  const { act } = room;
  const freezer = freezerOf(name, handle, act);
  const life = room.share?.holds
    ? heldLife(name, handle, { ...room, freezer })
    : plainLife(name, handle, act, room.closing);
  const controlIp = (): string | undefined => room.control && mirrored(ip, data.subnet, room.control.subnet);
  let lives = 0;
  const what = (verb: string): string => `${verb} ${name}`;

  const container: DockerContainer = {
    name,
    get ip() {
      return ip;
    },
    disk: room.disks?.disk(name),
    get handle() {
      return made.handle;
    },
    ports: spec.ports,
    endpoint(port) {
      if (!portsOf(room, spec).includes(port))
        throw new RedrillError('BUG', `${name} was created without port ${port}`);
      if (room.connect === 'published') return { host: room.engine.host, port: made.published.get(port)! };
      return { host: controlIp() ?? ip, port };
    },
    door: (port) => container.endpoint(room.doors ? doorOf(port) : port),
    async start() {
      await journal.note({ intent: 'start', container: name, undo: 'remove' });
      let anew: boolean;
      try {
        anew = await life.begin();
      } catch (error) {
        // Somebody took one of our ports since we looked. Before its first life a container is easily made anew.
        if (lives > 0 || !/port is already allocated|address already in use/.test(messageOf(error))) throw error;
        await ask(what('remove'), made.handle.remove({ force: true, v: true }));
        made = await make(room, spec, ip);
        anew = await life.begin();
      }
      lives++;
      if (anew) await room.plugged(container);
    },
    get lives() {
      return lives;
    },
    async stop(grace) {
      await journal.note({ intent: 'stop', container: name, undo: 'start' });
      await life.stop(grace);
    },
    async kill(signal) {
      await journal.note({ intent: 'kill', container: name, undo: 'start' });
      await life.kill(signal.startsWith('SIG') ? signal : `SIG${signal}`);
    },
    async pause() {
      await journal.note({ intent: 'pause', container: name, undo: 'unpause' });
      await freezer.pause();
    },
    unpause: freezer.unpause,
    quench: life.quench,
    exited: life.exited,
    async limit(limits) {
      await journal.note({ intent: 'limit', container: name, now: limits, undo: 'the limits it was created with' });
      await act(what('limit'), made.handle.update(limitsFor(limits, spec, room.engine)));
    },
    get clockMoved() {
      return clockMoved;
    },
    async setClock(skew) {
      if (!room.clock) throw new RedrillError('BUG', 'setClock needs a fleet that was opened for it');
      await journal.note({ intent: 'clock', container: name, now: skew, undo: "the machine's time" });
      const now = Date.now();
      clockMoved ??= now;
      await put(made.handle, name, { [CLOCK]: clockFile(skew, now) });
    },
    async reimage(image, program) {
      const { status } = await container.state();
      if (status !== 'exited')
        throw new RedrillError('BUG', `${name} is ${status}: only a container that is down is made anew`);
      await journal.note({ intent: 'reimage', container: name, image, undo: 'remove' });
      const wanted = { ...spec, image, command: [program, ...spec.command.slice(1)] };
      const log = await life.logs();
      made = await remake(room, wanted, ip, made.handle);
      life.carry(log);
      spec = wanted;
    },
    async throttled() {
      const stats = await act(what('measure'), made.handle.stats({ stream: false, 'one-shot': true }));
      const { throttled_periods: times, throttled_time: nanoseconds } = stats.cpu_stats.throttling_data;
      return { times, time: nanoseconds / 1e6 };
    },
    async detach() {
      await journal.note({ intent: 'detach', container: name, undo: 'attach' });
      const request = room.engine.docker.getNetwork(data.id).disconnect({ Container: made.handle.id });
      await askIdempotent(what('detach'), act(what('detach'), request), /is not connected to/);
    },
    async attach() {
      const request = connect(room.engine, data, made.handle.id, ip, spec.name);
      await askIdempotent(what('attach'), act(what('attach'), request), /already exists in network|already attached/);
      await room.plugged(container);
    },
    async unplug() {
      await journal.note({ intent: 'detach', container: name, undo: 'remove' });
      for (const network of networksOf(room)) {
        const request = room.engine.docker.getNetwork(network.id).disconnect({ Container: made.handle.id });
        await askIdempotent(what('unplug'), act(what('unplug'), request), /is not connected to/);
      }
    },
    async plug(to) {
      ip = to;
      for (const network of networksOf(room)) {
        const mine = network === data ? connect(room.engine, data, made.handle.id, ip, spec.name) : undefined;
        const request = mine ?? connect(room.engine, network, made.handle.id, controlIp()!);
        await askIdempotent(what('plug'), act(what('plug'), request), /already exists in network|already attached/);
      }
      await room.plugged(container);
    },
    exec: (argv, { timeout = s(30) } = {}) => execIn(made.handle, name, argv, timeout),
    async read(path) {
      const archive = await ask(`read ${path} in ${name}`, made.handle.getArchive({ path }));
      const content = await ask(`read ${path} in ${name}`, firstFile(archive), limit);
      if (!content) throw new RedrillError('ENGINE', `${path} in ${name} is not a file`);
      return content;
    },
    write: (path, content) => put(made.handle, name, { [path]: content }),
    async remove(path) {
      const { code, stderr } = await container.exec(['rm', '-f', path]);
      if (code !== 0) throw new RedrillError('ENGINE', `${name} keeps ${path}: ${stderr.trim()}`);
    },
    logs: life.logs,
    follow: life.follow,
    state: life.state,
  };
  return container;
}

const networksOf = ({ data, control }: Room): Network[] => [data, ...(control ? [control] : [])];

function mountsOf({ share, disks }: Room, name: string): Dockerode.MountSettings[] {
  const own = disks?.mount(name);
  return [...(share ? [{ Type: 'volume' as const, Source: share.volume, Target: SHARED }] : []), ...(own ? [own] : [])];
}

const portsOf = ({ doors }: Room, { ports }: ContainerSpec): number[] =>
  doors ? [...ports, ...ports.map(doorOf)] : ports;

interface Made {
  handle: Dockerode.Container;
  published: Map<number, number>;
}

async function make(room: Room, spec: ContainerSpec, ip: string): Promise<Made> {
  const made = await build(room, spec, ip);
  if (Object.keys(spec.files).length > 0) await put(made.handle, spec.name, spec.files);
  await room.share?.fill(made.handle);
  return made;
}

/** The old one makes room for its name, hands over its files, and is removed. */
async function remake(room: Room, spec: ContainerSpec, ip: string, old: Dockerode.Container): Promise<Made> {
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

const connect = (engine: Engine, network: Network, container: string, ip: string, name?: string): Promise<unknown> =>
  engine.docker.getNetwork(network.id).connect({ Container: container, EndpointConfig: endpoint(ip, name) });

/** `name`: what the others' lookups find it by. */
const endpoint = (ip: string, name?: string) => ({ IPAMConfig: { IPv4Address: ip }, ...(name && { Aliases: [name] }) });

async function put(handle: Dockerode.Container, name: string, files: Record<string, string | Buffer>): Promise<void> {
  await ask(`put files into ${name}`, handle.putArchive(await tarOf(files), { path: '/' }));
}

/** A container of a run: whatever can be done to it, each part by those who know how. */
import { messageOf, RedrillError } from '../../core/errors.js';
import { s } from '../../core/units.js';
import type { ContainerSpec } from '../types.js';
import type { Body, DockerContainer, Room } from './body.js';
import { CLOCK, clockFile, withClock } from './clocks.js';
import { doorOf } from './door.js';
import { ask } from './engine.js';
import { execIn } from './exec.js';
import { freezerOf } from './freezer.js';
import { heldLife } from './held-life.js';
import { limitsFor } from './limits.js';
import { make, portsOf, put, remake } from './make.js';
import { plainLife } from './plain-life.js';
import { controlIp, plugsOf } from './plugs.js';
import { firstFile } from './tar.js';

export async function createContainer(room: Room, created: ContainerSpec, ip: string): Promise<DockerContainer> {
  const { name } = created;
  const spec = room.clock ? withClock(created, room.clock) : created;
  const handle = () => body.made.handle;
  const made = await make(room, spec, ip);
  const freezer = freezerOf(name, handle, room.act);
  const life = room.share?.holds
    ? heldLife(name, handle, { ...room, freezer })
    : plainLife(name, handle, room.act, room.closing);
  const body: Body = {
    ...{ room, name, life, freezer, spec, made, ip },
    lives: 0,
    clockMoved: undefined,
    plugged: () => room.plugged(container),
  };
  const container: DockerContainer = {
    name,
    get ip() {
      return body.ip;
    },
    get handle() {
      return body.made.handle;
    },
    get lives() {
      return body.lives;
    },
    get clockMoved() {
      return body.clockMoved;
    },
    disk: room.disks?.disk(name),
    ports: spec.ports,
    ...waysIn(body),
    ...serverOf(body),
    ...boundsOf(body),
    ...plugsOf(body),
    ...filesOf(body),
    reimage: (image, program) => reimage(body, image, program),
  };
  return container;
}

function waysIn(body: Body): Pick<DockerContainer, 'endpoint' | 'door'> {
  const { room, name } = body;
  const endpoint = (port: number): { host: string; port: number } => {
    if (!portsOf(room, body.spec).includes(port))
      throw new RedrillError('BUG', `${name} was created without port ${port}`);
    if (room.connect === 'published') return { host: room.engine.host, port: body.made.published.get(port)! };
    return { host: controlIp(body) ?? body.ip, port };
  };
  return { endpoint, door: (port) => endpoint(room.doors ? doorOf(port) : port) };
}

type OfServer = 'start' | 'stop' | 'kill' | 'pause' | 'unpause' | 'quench' | 'exited' | 'logs' | 'follow' | 'state';

function serverOf(body: Body): Pick<DockerContainer, OfServer> {
  const { name, life, freezer } = body;
  const { journal } = body.room;
  return {
    async start() {
      await journal.note({ intent: 'start', container: name, undo: 'remove' });
      const anew = await begin(body);
      body.lives++;
      if (anew) await body.plugged();
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
    logs: life.logs,
    follow: life.follow,
    state: life.state,
  };
}

async function begin(body: Body): Promise<boolean> {
  const { room, name, life, spec, ip, lives } = body;
  try {
    return await life.begin();
  } catch (error) {
    // Somebody took one of our ports since we looked. Before its first life a container is easily made anew.
    if (lives > 0 || !/port is already allocated|address already in use/.test(messageOf(error))) throw error;
    await ask(`remove ${name}`, body.made.handle.remove({ force: true, v: true }));
    body.made = await make(room, spec, ip);
    return life.begin();
  }
}

function boundsOf(body: Body): Pick<DockerContainer, 'limit' | 'throttled' | 'setClock'> {
  const { name } = body;
  const { journal, act, engine, clock } = body.room;
  return {
    async limit(limits) {
      await journal.note({ intent: 'limit', container: name, now: limits, undo: 'the limits it was created with' });
      await act(`limit ${name}`, body.made.handle.update(limitsFor(limits, body.spec, engine)));
    },
    async throttled() {
      const stats = await act(`measure ${name}`, body.made.handle.stats({ stream: false, 'one-shot': true }));
      const { throttled_periods: times, throttled_time: nanoseconds } = stats.cpu_stats.throttling_data;
      return { times, time: nanoseconds / 1e6 };
    },
    async setClock(skew) {
      if (!clock) throw new RedrillError('BUG', 'setClock needs a fleet that was opened for it');
      await journal.note({ intent: 'clock', container: name, now: skew, undo: "the machine's time" });
      const now = Date.now();
      body.clockMoved ??= now;
      await put(body.made.handle, name, { [CLOCK]: clockFile(skew, now) });
    },
  };
}

function filesOf(body: Body): Pick<DockerContainer, 'exec' | 'read' | 'write' | 'remove'> {
  const { name } = body;
  const exec: DockerContainer['exec'] = (argv, { timeout = s(30) } = {}) =>
    execIn(body.made.handle, name, argv, timeout);
  return {
    exec,
    async read(path) {
      const archive = await ask(`read ${path} in ${name}`, body.made.handle.getArchive({ path }));
      const content = await ask(`read ${path} in ${name}`, firstFile(archive));
      if (!content) throw new RedrillError('ENGINE', `${path} in ${name} is not a file`);
      return content;
    },
    write: (path, content) => put(body.made.handle, name, { [path]: content }),
    async remove(path) {
      const { code, stderr } = await exec(['rm', '-f', path]);
      if (code !== 0) throw new RedrillError('ENGINE', `${name} keeps ${path}: ${stderr.trim()}`);
    },
  };
}

async function reimage(body: Body, image: string, program: string): Promise<void> {
  const { room, name, life, spec, ip } = body;
  const { status } = await life.state();
  if (status !== 'exited')
    throw new RedrillError('BUG', `${name} is ${status}: only a container that is down is made anew`);
  await room.journal.note({ intent: 'reimage', container: name, image, undo: 'remove' });
  const wanted = { ...spec, image, command: [program, ...spec.command.slice(1)] };
  const log = await life.logs();
  body.made = await remake(room, wanted, ip, body.made.handle);
  life.carry(log);
  body.spec = wanted;
}

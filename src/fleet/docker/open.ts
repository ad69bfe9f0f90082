import { existsSync } from 'node:fs';
import { RedrillError } from '../../core/errors.js';
import type { Ability, Fleet, FleetOptions } from '../types.js';
import { actWith } from './act.js';
import type { DockerContainer, Room } from './body.js';
import { sweep } from './clean.js';
import { howToConnect } from './connect.js';
import { createContainer } from './container.js';
import { createDisks } from './disks.js';
import { doorsOf } from './door.js';
import { ask, connectEngine } from './engine.js';
import { type Equipment, equip } from './equipment.js';
import { intentsOf } from './intents/index.js';
import { addressIn, spareIn } from './ipv4.js';
import { KEPT } from './labels.js';
import { createShare } from './share.js';
import { audit, openSite, type Site } from './site.js';

export async function openFleet(options: FleetOptions): Promise<Fleet> {
  options.signal?.throwIfAborted();
  const engine = await connectEngine();
  await sweep(engine);
  const site = await openSite(engine, options);
  try {
    const equipment = await equip(site, options);
    const connect = await howToConnect(options.connect, equipment.data.gateway);
    return fleetOf(site, equipment, roomOf(site, equipment, connect));
  } catch (error) {
    await site.teardown();
    throw error;
  }
}

/** What its containers share. */
function roomOf(
  { engine, runId, journal, labels, closing, lost }: Site,
  { data, control, abilities, workshop }: Equipment,
  connect: Room['connect'],
): Room {
  return {
    ...{ engine, runId, journal, labels, connect, data, control, closing },
    share: undefined,
    disks: undefined,
    doors: abilities.can.has('watch-apart'),
    clock: workshop?.clock,
    act: actWith((why) => lost.abort(why)),
    plugged: async (container) => {
      if (!workshop) return;
      const { switchboard, namespaces, shaper } = workshop;
      await Promise.all([switchboard, namespaces, shaper].map((one) => one.plugged(container)));
    },
  };
}

function fleetOf(site: Site, { abilities, data, control, workshop }: Equipment, room: Room): Fleet {
  const { engine, runId, journal, labels, signal, track, closing, teardown } = site;
  const tooled = (ability: Ability) => {
    if (workshop) return workshop;
    throw new RedrillError('BUG', `this fleet can't ${ability}: ${abilities.lacks.get(ability)}`);
  };
  return {
    runId,
    ...abilities,
    connect: room.connect,
    machine: { software: engine.version, kernel: engine.kernel, cpus: engine.cpus, memory: engine.memory },
    lost: site.lost.signal,
    address: (n) => addressIn(data.subnet, n),
    spare: (n) => spareIn(data.subnet, n, control ? [control.subnet] : []),
    async readdress(moves) {
      const each = [...moves] as [DockerContainer, string][];
      // All of them are off before one is on again: the engine gives no address twice.
      await Promise.all(each.map(([container]) => container.unplug()));
      await Promise.all(each.map(([container, to]) => container.plug(to)));
    },
    async share(files) {
      const holder = await site.holder.catch(() => undefined);
      room.share = await track(createShare(engine, `${runId}-shared`, labels, journal, files, holder));
    },
    async disks(spec) {
      room.disks = await track(createDisks(engine, runId, labels, journal, spec));
    },
    async create(spec, ip) {
      closing.throwIfAborted();
      signal?.throwIfAborted();
      const container = await track(createContainer(room, spec, ip));
      site.containers.set(spec.name, container);
      if (room.doors) await tooled('watch-apart').namespaces.change(doorsOf(container, spec.ports));
      return container;
    },
    split: async (groups) => tooled('split').switchboard.split(groups as DockerContainer[][]),
    ...intentsOf((ability) => tooled(ability).namespaces),
    shape: async (ways) => tooled('shape').shaper.shape(ways),
    travel: async (journeys, datagrams) => tooled('shape').shaper.travel(journeys, datagrams),
    keep: () => keep(site),
    teardown,
    audit: async () => ({
      ...(await audit(engine, runId)),
      journal: existsSync(journal.path) ? [journal.path] : [],
    }),
    [Symbol.asyncDispose]: teardown,
  };
}

async function keep({ engine, runId, journal, labels, keepable }: Site): Promise<void> {
  if (!keepable) throw new RedrillError('BUG', 'a fleet is kept that was not opened for it');
  await journal.note({ intent: 'keep' });
  // A journal can be lost, or be in another home: the engine knows too.
  const name = `${runId}-kept`;
  await journal.note({ intent: 'volume', name });
  await ask('mark the run as kept', engine.docker.createVolume({ Name: name, Labels: { ...labels, [KEPT]: '' } }));
  await journal.close();
}

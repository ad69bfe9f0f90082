import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { messageOf, RedrillError } from '../../core/errors.js';
import { sweep } from '../clean.js';
import { openJournal } from '../journal.js';
import { self } from '../liveness.js';
import type { Container, Fleet, FleetOptions, Residue } from '../types.js';
import { actWith } from './act.js';
import { compileClock } from './clocks.js';
import { howToConnect } from './connect.js';
import { createContainer, type DockerContainer, type Room } from './container.js';
import { createDisks } from './disks.js';
import { doorsOf } from './door.js';
import { ask, connectEngine, type Engine } from './engine.js';
import { holderFor } from './holder.js';
import { addressIn, spareIn } from './ipv4.js';
import { KEPT, labelsOf } from './labels.js';
import { type Namespaces, openNamespaces } from './netns.js';
import { createFixedNetwork, createNetwork } from './networks.js';
import { inventory, removeRun } from './remove.js';
import { openShaper, type Shaper } from './shape/shaper.js';
import { createShare } from './share.js';
import { openSwitchboard, type Switchboard } from './split.js';
import { freeSubnets } from './subnets.js';
import { makeRoomForNeighbours, openSysctls, restoreNeighbours } from './sysctls.js';
import { startTools, type Tools } from './tools.js';
import { watchEngine } from './watch.js';

/** Below this many fully meshed containers every kernel's neighbour table is large enough, and is not looked at. */
const MANY = 20;

export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { runId, needs, signal } = options;
  signal?.throwIfAborted();
  const engine = await connectEngine();
  await sweep(engine);
  const owner = self();
  const labels = labelsOf(runId, owner);
  const journal = await openJournal({ runId, ...owner, engine: engine.id });
  const containers = new Map<string, DockerContainer>();
  const { track, settled } = tracker();
  const closing = new AbortController();
  // Every container has somebody who waits for its end.
  setMaxListeners(0, closing.signal);
  const lost = new AbortController();
  watchEngine(engine, lost, closing.signal);

  let tools: Promise<Tools> | undefined;
  const startToolsOnce = (): Promise<Tools> => {
    tools ??= track(startTools(engine, runId, labels, journal, signal));
    return tools;
  };
  const sysctls = () => openSysctls(engine, startToolsOnce);
  // Where it can't be had each server is its container's first process: slower to end, and the same drill.
  const holder = track(holderFor(engine, startToolsOnce)).catch(() => undefined);
  const network = (name: string, guess: string | undefined) =>
    track(createFixedNetwork(engine, { name: `${runId}-${name}`, labels, journal, signal }, guess));

  const dismantle = async (): Promise<void> => {
    // Before the tools are gone.
    await restoreNeighbours(sysctls, runId, journal.intents).catch(() => {});
    // Containers go one after the other: servers that are left would go on looking for those that are gone, N times N of them.
    await Promise.all([...containers.values()].map((container) => container.quench()));
    closing.abort(new RedrillError('INTERRUPTED', `run ${runId} is being torn down`));
    // What the engine is just making must be there before it can be removed.
    await settled();
    await removeRun(engine, runId, { stuck: lost.signal.aborted });
    if (isEmpty(await audit(engine, runId))) await journal.remove();
    else await journal.close();
  };
  let dismantled: Promise<void> | undefined;
  const teardown = (): Promise<void> => {
    // What could not be removed is a matter for the audit; a verdict is never thrown away for it.
    dismantled ??= dismantle().catch(() => journal.close());
    return dismantled;
  };

  try {
    const [guess, other] = await freeSubnets(engine);
    // Engines publish ports on the network whose name comes first: "control" must come before "data".
    const [data, control] = await allOrNothing([
      network('data', guess),
      needs.observeDetached ? network('control', other) : undefined,
      needs.tools || needs.clocks ? startToolsOnce() : undefined,
      needs.containers > MANY ? track(makeRoomForNeighbours(sysctls, needs.containers, journal)) : undefined,
    ]);
    signal?.throwIfAborted();
    const connect = await howToConnect(options.connect, data.gateway);
    let switches = 0;
    const switchboard: Switchboard | undefined =
      tools &&
      openSwitchboard({
        tools: await tools,
        journal,
        data,
        containers,
        createSwitch: () => track(createNetwork(engine, { name: `${runId}-switch-${++switches}`, labels, journal })),
      });
    const namespaces: Namespaces | undefined =
      tools && openNamespaces({ tools: await tools, journal, clock: options.clock });
    const shaper: Shaper | undefined =
      tools && namespaces && openShaper({ tools: await tools, namespaces, journal, containers, data });
    const room: Room = {
      engine,
      runId,
      journal,
      labels,
      connect,
      data,
      control,
      share: undefined,
      disks: undefined,
      doors: needs.watchApart === true,
      clock: needs.clocks ? await compileClock(await startToolsOnce()) : undefined,
      act: actWith((why) => lost.abort(why)),
      closing: closing.signal,
      plugged: async (container) => {
        await Promise.all([
          switchboard?.plugged(container),
          namespaces?.plugged(container),
          shaper?.plugged(container),
        ]);
      },
    };
    const needTools = (what: string): RedrillError =>
      new RedrillError('BUG', `${what} needs a fleet that was opened with tools`);

    return {
      runId,
      connect,
      engine: { engine: engine.version, kernel: engine.kernel, cpus: engine.cpus, memory: engine.memory },
      lost: lost.signal,
      address: (n) => addressIn(data.subnet, n),
      spare: (n) => spareIn(data.subnet, n, control ? [control.subnet] : []),
      async readdress(moves) {
        const each = [...moves] as [DockerContainer, string][];
        // All of them are off before one is on again: the engine gives no address twice.
        await Promise.all(each.map(([container]) => container.unplug()));
        await Promise.all(each.map(([container, to]) => container.plug(to)));
      },
      async share(files) {
        room.share = await track(createShare(engine, `${runId}-shared`, labels, journal, files, await holder));
      },
      async disks(spec) {
        room.disks = await track(createDisks(engine, runId, labels, journal, spec));
      },
      async create(spec, ip): Promise<Container> {
        closing.signal.throwIfAborted();
        signal?.throwIfAborted();
        const container = await track(createContainer(room, spec, ip));
        containers.set(spec.name, container);
        if (room.doors) await namespaces!.change(doorsOf(container, spec.ports));
        return container;
      },
      split(groups) {
        if (!switchboard) throw needTools('split');
        return switchboard.split(groups as DockerContainer[][]);
      },
      inside(where, script, args) {
        if (!namespaces) throw needTools('inside');
        return namespaces.inside(where, script, args);
      },
      change(change) {
        if (!namespaces) throw needTools('change');
        return namespaces.change(change);
      },
      shape(ways) {
        if (!shaper) throw needTools('shape');
        return shaper.shape(ways);
      },
      travel(journeys, datagrams) {
        if (!shaper) throw needTools('travel');
        return shaper.travel(journeys, datagrams);
      },
      async keep() {
        await journal.note({ intent: 'keep' });
        // A journal can be lost, or be in another home: the engine knows too.
        const name = `${runId}-kept`;
        await journal.note({ intent: 'volume', name });
        await ask(
          'mark the run as kept',
          engine.docker.createVolume({ Name: name, Labels: { ...labels, [KEPT]: '' } }),
        );
        await journal.close();
      },
      teardown,
      audit: async () => ({
        ...(await audit(engine, runId).catch((error) => unknown(runId, error))),
        journal: existsSync(journal.path) ? [journal.path] : [],
      }),
      [Symbol.asyncDispose]: teardown,
    };
  } catch (error) {
    await teardown();
    throw error;
  }
}

async function audit(engine: Engine, runId: string): Promise<Residue> {
  const left = (await inventory(engine, runId)).get(runId);
  const names = (items: { name: string }[] | undefined): string[] => items?.map((item) => item.name) ?? [];
  return {
    containers: names(left?.containers),
    networks: names(left?.networks),
    volumes: names(left?.volumes),
    journal: [],
  };
}

const unknown = (runId: string, error: unknown): Residue => ({
  containers: [`everything labelled redrill.run=${runId} (${messageOf(error)})`],
  networks: [],
  volumes: [],
  journal: [],
});

const isEmpty = (residue: Residue): boolean => Object.values(residue).every((list: string[]) => list.length === 0);

/** Remembers what is under way, so that one can wait for it whatever becomes of it. */
function tracker() {
  const busy = new Set<Promise<unknown>>();
  return {
    track<T>(work: Promise<T>): Promise<T> {
      const settled: Promise<unknown> = work.catch(() => {}).finally(() => busy.delete(settled));
      busy.add(settled);
      return work;
    },
    async settled(): Promise<void> {
      while (busy.size > 0) await Promise.all(busy);
    },
  };
}

/** Promise.all that waits for the others before it fails, so that nothing is made behind the back of the clean-up. */
async function allOrNothing<T extends readonly unknown[]>(
  work: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

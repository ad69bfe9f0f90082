import { RedrillError } from '../../core/errors.js';
import { type Journal, openJournal } from '../journal.js';
import { self } from '../liveness.js';
import type { Container, Fleet, FleetOptions, Residue } from '../types.js';
import { createContainer, type Room } from './container.js';
import { connectEngine, type Engine } from './engine.js';
import { addressIn } from './ipv4.js';
import { labelsOf } from './labels.js';
import { createFixedNetwork, type Network } from './networks.js';
import { isOurs } from './ports.js';
import { inventory, removeRun } from './remove.js';

export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { runId, signal } = options;
  signal?.throwIfAborted();
  const engine = await connectEngine();
  const owner = self();
  const labels = labelsOf(runId, owner);
  const journal = await openJournal({ runId, ...owner, engine: engine.id });
  const closing = new AbortController();
  const busy = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    const settled = work.catch(() => {}).finally(() => busy.delete(settled));
    busy.add(settled);
    return work;
  };
  let gone: Promise<void> | undefined;
  const teardown = (): Promise<void> => {
    gone ??= (async () => {
      closing.abort(new RedrillError('INTERRUPTED', 'the run is being torn down'));
      // What the engine is just making must be there before it can be removed.
      await Promise.all(busy);
      await removeRun(engine, runId);
      if (empty(await found(engine, runId))) await journal.remove();
      else await journal.close();
    })();
    return gone;
  };

  try {
    const network = (name: string): Promise<Network> =>
      track(createFixedNetwork(engine, { name: `${runId}-${name}`, labels, journal, signal }));
    const forced = process.env.REDRILL_CONNECT;
    const wanted = forced === 'direct' || forced === 'published' ? forced : (options.connect ?? 'auto');
    // Engines publish ports on the network whose name comes first: "control" must come before "data".
    const [data, control] = await together([
      network('data'),
      options.needs.observeDetached ? network('control') : Promise.resolve(undefined),
    ]);
    signal?.throwIfAborted();
    const connect = wanted !== 'auto' ? wanted : (await isOurs(data.gateway)) ? 'direct' : 'published';
    const room: Room = {
      engine,
      runId,
      journal,
      labels,
      connect,
      data,
      control,
      closing: closing.signal,
      plugged: async () => {},
    };

    return {
      runId,
      connect,
      engine: { engine: engine.version, kernel: engine.kernel, cpus: engine.cpus, memory: engine.memory },
      address: (n) => addressIn(data.subnet, n),
      create(spec, ip): Promise<Container> {
        if (closing.signal.aborted) return Promise.reject(closing.signal.reason);
        signal?.throwIfAborted();
        return track(createContainer(room, spec, ip));
      },
      split: async () => {
        throw new RedrillError('ENVIRONMENT', 'this fleet was opened without tools');
      },
      teardown,
      audit: () => audit(engine, runId, journal),
      [Symbol.asyncDispose]: teardown,
    };
  } catch (error) {
    await teardown().catch(() => {});
    throw error;
  }
}

/** Promise.all that waits for the others before it fails, so that nothing is made behind the back of the clean-up. */
async function together<A, B>(work: [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

const found = async (engine: Engine, runId: string) => (await inventory(engine, runId)).get(runId);

async function audit(engine: Engine, runId: string, journal: Journal): Promise<Residue> {
  const { existsSync } = await import('node:fs');
  const left = await found(engine, runId);
  return {
    containers: left?.containers.map((c) => c.name) ?? [],
    networks: left?.networks.map((n) => n.name) ?? [],
    volumes: left?.volumes.map((v) => v.name) ?? [],
    journal: existsSync(journal.path) ? [journal.path] : [],
  };
}

const empty = (left: Awaited<ReturnType<typeof found>>): boolean =>
  !left || left.containers.length + left.networks.length + left.volumes.length === 0;

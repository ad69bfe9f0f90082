/** Finding and removing what carries the label of a run. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../core/errors.js';
import type { Owner } from '../liveness.js';
import { ask, askIdempotent, type Engine, statusOf } from './engine.js';
import { type Labels, ownerOf, RUN } from './labels.js';

interface Item {
  id: string;
  name: string;
}

export interface Belongings {
  owner: Owner;
  containers: Item[];
  networks: Item[];
  volumes: Item[];
}

/** Everything labelled on the engine, by run. */
export async function inventory(engine: Engine, runId?: string): Promise<Map<string, Belongings>> {
  const filters = { label: [runId === undefined ? RUN : `${RUN}=${runId}`] };
  const [containers, networks, volumes] = await Promise.all([
    ask('list containers', engine.docker.listContainers({ all: true, filters })),
    ask('list networks', engine.docker.listNetworks({ filters })),
    ask('list volumes', engine.docker.listVolumes({ filters })),
  ]);
  const runs = new Map<string, Belongings>();
  const put = (kind: 'containers' | 'networks' | 'volumes', labels: Labels, item: Item): void => {
    const run = labels[RUN]!;
    const belongings = runs.get(run) ?? { owner: ownerOf(labels), containers: [], networks: [], volumes: [] };
    runs.set(run, belongings);
    belongings[kind].push(item);
  };
  for (const c of containers) put('containers', c.Labels, { id: c.Id, name: c.Names[0]?.slice(1) ?? c.Id });
  for (const n of networks) put('networks', n.Labels ?? {}, { id: n.Id, name: n.Name });
  for (const v of volumes.Volumes ?? []) put('volumes', v.Labels ?? {}, { id: v.Name, name: v.Name });
  return runs;
}

export interface Removed {
  containers: string[];
  networks: string[];
  volumes: string[];
  /** What could not be removed, and what the engine said. */
  failed: { name: string; reason: string }[];
}

/**
 * Removes everything of a run, and looks again until nothing new turns up. Containers go one after the other: engines
 * leak endpoints when they are removed in parallel, and the network could then never be removed.
 */
export async function removeRun(engine: Engine, runId: string, { attempts = 4 } = {}): Promise<Removed> {
  const removed: Removed = { containers: [], networks: [], volumes: [], failed: [] };
  for (let attempt = 1; ; attempt++) {
    removed.failed = [];
    const left = (await inventory(engine, runId)).get(runId);
    if (!left) return removed;
    const remove = async (kind: 'containers' | 'networks' | 'volumes', item: Item, work: () => Promise<void>) => {
      try {
        await work();
        removed[kind].push(item.name);
      } catch (error) {
        removed.failed.push({ name: item.name, reason: messageOf(error) });
      }
    };
    for (const item of left.containers) await remove('containers', item, () => removeContainer(engine, item));
    for (const item of left.networks) await remove('networks', item, () => removeNetwork(engine, item));
    for (const item of left.volumes)
      await remove('volumes', item, () =>
        askIdempotent(`remove volume ${item.name}`, engine.docker.getVolume(item.id).remove(), /no such volume/i),
      );
    if (attempt === attempts) return removed;
    if (removed.failed.length > 0) await sleep(100 * 2 ** attempt);
  }
}

async function removeContainer(engine: Engine, { id, name }: Item): Promise<void> {
  const container = engine.docker.getContainer(id);
  const remove = () =>
    askIdempotent(
      `remove ${name}`,
      container.remove({ force: true, v: true }),
      /no such container|already in progress/i,
    );
  try {
    await remove();
  } catch (error) {
    if (!/paused/.test(messageOf(error))) throw error;
    await ask(`unpause ${name}`, container.unpause());
    await remove();
  }
}

async function removeNetwork(engine: Engine, { id, name }: Item): Promise<void> {
  const network = engine.docker.getNetwork(id);
  const remove = () => askIdempotent(`remove network ${name}`, network.remove(), /not found|no such network/i);
  try {
    await remove();
  } catch (error) {
    if (statusOf(error) !== 403) throw error;
    const { Containers } = await ask(`inspect network ${name}`, network.inspect());
    for (const endpoint of Object.keys(Containers ?? {}))
      await askIdempotent(
        `disconnect from ${name}`,
        network.disconnect({ Container: endpoint, Force: true }),
        /is not connected|no such container/i,
      );
    await remove();
  }
}

/** Finding and removing what carries the label of a run. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../core/errors.js';
import { s } from '../../core/units.js';
import type { Belongings, Item, Removed } from '../clean.js';
import { gaveNoAnswer } from './act.js';
import { ask, askIdempotent, type Engine, statusOf } from './engine.js';
import { KEPT, type Labels, ownerOf, RUN } from './labels.js';

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
    const belongings = runs.get(run) ?? { owners: [], kept: false, containers: [], networks: [], volumes: [] };
    runs.set(run, belongings);
    const owner = ownerOf(labels);
    if (!belongings.owners.some((one) => one.pid === owner.pid && one.started === owner.started))
      belongings.owners.push(owner);
    belongings.kept ||= KEPT in labels;
    belongings[kind].push(item);
  };
  for (const c of containers) put('containers', c.Labels, { id: c.Id, name: c.Names[0]?.slice(1) ?? c.Id });
  for (const n of networks) put('networks', n.Labels ?? {}, { id: n.Id, name: n.Name });
  for (const v of volumes.Volumes ?? []) put('volumes', v.Labels ?? {}, { id: v.Name, name: v.Name });
  return runs;
}

/** How long an engine that has failed to answer before is waited for. */
const LITTLE = s(3);

/**
 * Removes everything of a run, and looks again until nothing new turns up. Containers go one after the other: engines
 * leak endpoints when they are removed in parallel, and the network could then never be removed. Once the engine is `stuck`
 * over one of them nobody waits for it in turn: the others are tried together, and what is left is left.
 */
export async function removeRun(
  engine: Engine,
  runId: string,
  { attempts = 4, stuck = false }: { attempts?: number; stuck?: boolean } = {},
): Promise<Removed> {
  const removed: Removed = { containers: [], networks: [], volumes: [], failed: [] };
  const patience = (): number => (stuck ? LITTLE : s(60));
  for (let attempt = 1; ; attempt++) {
    removed.failed = [];
    const left = (await inventory(engine, runId)).get(runId);
    if (!left) return removed;
    const remove = async (kind: 'containers' | 'networks' | 'volumes', item: Item, work: () => Promise<void>) => {
      try {
        await work();
        removed[kind].push(item.name);
      } catch (error) {
        stuck ||= gaveNoAnswer(error);
        removed.failed.push({ name: item.name, reason: messageOf(error) });
      }
    };
    const together: Promise<void>[] = [];
    for (const item of left.containers) {
      const work = remove('containers', item, () => removeContainer(engine, item, patience()));
      if (stuck) together.push(work);
      else await work;
    }
    await Promise.all(together);
    for (const item of left.networks) await remove('networks', item, () => removeNetwork(engine, item, patience()));
    for (const item of left.volumes)
      await remove('volumes', item, () =>
        askIdempotent(
          `remove volume ${item.name}`,
          engine.docker.getVolume(item.id).remove(),
          /no such volume/i,
          patience(),
        ),
      );
    if (attempt === attempts || stuck) return removed;
    if (removed.failed.length > 0) await sleep(100 * 2 ** attempt);
  }
}

async function removeContainer(engine: Engine, { id, name }: Item, patience: number): Promise<void> {
  const container = engine.docker.getContainer(id);
  const remove = () =>
    askIdempotent(
      `remove ${name}`,
      container.remove({ force: true, v: true }),
      /no such container|already in progress/i,
      patience,
    );
  try {
    await remove();
  } catch (error) {
    if (!/paused/.test(messageOf(error))) throw error;
    await ask(`unpause ${name}`, container.unpause());
    await remove();
  }
}

async function removeNetwork(engine: Engine, { id, name }: Item, patience: number): Promise<void> {
  const network = engine.docker.getNetwork(id);
  const remove = () =>
    askIdempotent(`remove network ${name}`, network.remove(), /not found|no such network/i, patience);
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

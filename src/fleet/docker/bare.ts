/** For the benchmarks: containers as the engine itself starts them, and where those of a run are. */
import type { Bare } from '../kind.js';
import { self } from '../liveness.js';
import { connectEngine } from './engine.js';
import { labelsOf } from './labels.js';

export async function startBare({
  image,
  command,
  containers,
  network,
}: Bare): Promise<{ start: number; remove: number }> {
  const { docker } = await connectEngine();
  const runId = `floor-${process.pid}-${Math.round(performance.now())}`;
  const labels = labelsOf(runId, self());
  const own = network === 'own' ? await docker.createNetwork({ Name: runId, Labels: labels }) : undefined;
  const from = performance.now();
  const started = await Promise.all(
    Array.from({ length: containers }, async (_, i) => {
      const container = await docker.createContainer({
        name: `${runId}-${i}`,
        Image: image,
        Cmd: [...command],
        Labels: labels,
        ...(own && { HostConfig: { NetworkMode: runId } }),
      });
      await container.start();
      return container;
    }),
  );
  const up = performance.now();
  // One after another, as the engine does it anyway: in parallel it is no faster and sometimes leaks.
  for (const container of started) await container.remove({ force: true, v: true });
  const removed = performance.now();
  await own?.remove();
  return { start: up - from, remove: removed - up };
}

/** By the network that stays where a fault takes a node from its own. */
export async function whereabouts(): Promise<{ name: string; host: string }[]> {
  const { docker } = await connectEngine();
  // Other drills on this machine are none of its business.
  const all = await docker.listContainers({ filters: { label: [`redrill.pid=${process.pid}`] } });
  return all.flatMap(({ Labels, NetworkSettings }) => {
    const name = Labels['redrill.name'];
    const [network] = Object.entries(NetworkSettings.Networks)
      .filter(([, { IPAddress }]) => IPAddress)
      .sort(([a], [b]) => Number(a.endsWith('-data')) - Number(b.endsWith('-data')));
    return name && network ? [{ name, host: network[1].IPAddress }] : [];
  });
}

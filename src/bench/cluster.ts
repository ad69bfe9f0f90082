/** A cluster of ours, for measuring; and the same containers started bare, which is the floor. */
import { startClock } from '../core/clock.js';
import { seeded } from '../core/rng.js';
import { newRunId } from '../drill/folder.js';
import { openFleet, resolveImage, startBare } from '../fleet/index.js';
import type { Fleet } from '../fleet/types.js';
import { topologySpec } from '../scenarios/draft.js';
import { countNodes } from '../topology/seats.js';
import { serverIn } from '../topology/server.js';
import { startTopology } from '../topology/start.js';
import type { Topology } from '../topology/types.js';

export const IMAGE = 'redis:7.0';

export interface Started {
  topology: Topology;
  fleet: Fleet;
  ms: number;
}

/** Redis Cluster of `shards` × (1 + `replicas`) nodes. `nodeTimeout` in ms. */
export const startOurs = (shards: number, replicas: number, nodeTimeout: number): Promise<Started> =>
  startFrom({ shards, replicas, image: IMAGE, config: { 'cluster-node-timeout': nodeTimeout } });

/** From nothing to ready: networks, containers, formation, replicas in sync, a write and a read on each shard. `written` as in a scenario file. */
export async function startFrom(written: object): Promise<Started> {
  const spec = topologySpec({ ...written });
  const image = await resolveImage(spec.image);
  const { signal } = new AbortController();
  const nodes = countNodes(spec);
  const from = performance.now();
  const clock = startClock();
  const fleet = await openFleet({
    runId: newRunId('bench'),
    needs: [],
    containers: nodes,
    clock,
  });
  try {
    const rng = seeded('bench');
    const topology = await startTopology({
      spec,
      fleet,
      image,
      server: await serverIn(image, fleet, fleet.address(nodes), signal),
      clock,
      nodeIds: Array.from({ length: nodes }, () => rng.hex(40)),
      signal,
      budget: 180_000,
    });
    return { topology, fleet, ms: performance.now() - from };
  } catch (error) {
    await fleet.teardown();
    throw error;
  }
}

export async function stopOurs({ topology, fleet }: Started): Promise<number> {
  const from = performance.now();
  await topology[Symbol.asyncDispose]();
  await fleet.teardown();
  return performance.now() - from;
}

/**
 * The same containers, created and started in parallel with nothing around them: on a network of their own, as the cluster's
 * are (`own`, made beforehand and not counted), or on the engine's default one, which spares the engine a name server for
 * each container but gives no fixed addresses. @returns ms until the engine has started them all, and until it has removed them all.
 */
export async function bareFloor(
  containers: number,
  network: 'own' | 'default' = 'own',
): Promise<{ start: number; remove: number }> {
  const { ref: image } = await resolveImage(IMAGE);
  const command = ['redis-server', '--protected-mode', 'no', '--save', ''];
  return startBare({ image, command, containers, network });
}

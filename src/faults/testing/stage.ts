/** A real, small cluster with everything that watches it, for tests of faults and procedures. */
import { randomBytes } from 'node:crypto';
import { startClock } from '../../core/clock.js';
import { seeded } from '../../core/rng.js';
import { until } from '../../core/until.js';
import { openFleet, resolveImage } from '../../fleet/index.js';
import { startCluster } from '../../topology/cluster.js';
import { type Observer, observe } from '../../topology/observer.js';
import { serverIn } from '../../topology/server.js';
import { parseTarget, resolveTargets } from '../../topology/targets.js';
import type { Topology } from '../../topology/types.js';
import { type Prober, startProbes } from '../../workload/probes.js';
import { Texts } from '../../workload/texts.js';
import type { FaultContext } from '../types.js';

export interface Stage extends AsyncDisposable {
  topology: Topology;
  observer: Observer;
  prober: Prober;
  ctx: FaultContext;
  /** Resolves when the cluster is whole again. */
  whole(): Promise<void>;
}

export async function openStage({
  shards = 3,
  replicas = 1,
  config = {},
  image: name = 'redis:7.0',
}: {
  shards?: number;
  replicas?: number;
  config?: Record<string, string>;
  image?: string;
} = {}): Promise<Stage> {
  const clock = startClock();
  const over = new AbortController();
  const { signal } = over;
  const nodes = shards * (1 + replicas);
  const runId = `test-${randomBytes(4).toString('hex')}`;
  const rng = seeded(runId);
  const image = await resolveImage(name, { signal, note: () => undefined });
  const fleet = await openFleet({ runId, needs: { observeDetached: true, tools: true, containers: nodes }, clock });
  try {
    const spec = {
      kind: 'cluster' as const,
      shards,
      replicas,
      image: name,
      config: { 'cluster-node-timeout': '1000', ...config },
    };
    const topology = await startCluster({
      spec,
      fleet,
      image,
      server: await serverIn(image, fleet, fleet.address(nodes), signal),
      clock,
      nodeIds: Array.from({ length: nodes }, () => rng.hex(40)),
      signal,
    });
    const observer = observe(topology, clock, signal);
    const prober = startProbes(topology, clock, new Texts(), observer.consensus);
    const whole = async (): Promise<void> => {
      await until(observer.consensus, (view) => view.problems.length === 0, {
        describe: 'the cluster is whole',
        within: 30_000,
        every: 20,
        show: (view) => view.problems.slice(0, 3).join('; '),
      });
    };
    await whole();
    return {
      topology,
      observer,
      prober,
      whole,
      ctx: {
        topology,
        fleet,
        clock,
        rng,
        signal,
        view: observer.consensus,
        resolve: async (words) => resolveTargets([words].flat().map(parseTarget), observer.consensus(), topology, rng),
        silence: (node, since) => prober.silence(node, since, signal),
      },
      [Symbol.asyncDispose]: async () => {
        over.abort();
        await prober.stop();
        await topology[Symbol.asyncDispose]();
        await fleet.teardown();
      },
    };
  } catch (error) {
    await fleet.teardown();
    throw error;
  }
}

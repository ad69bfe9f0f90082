/** A real, small topology with everything that watches it, for tests of faults and procedures. */
import { randomBytes } from 'node:crypto';
import { startClock } from '../../core/clock.js';
import { seeded } from '../../core/rng.js';
import { until } from '../../core/until.js';
import type { ClusterView } from '../../deployment/types.js';
import { type Ability, abilities } from '../../fleet/abilities.js';
import { openFleet, resolveImage } from '../../fleet/index.js';
import { Texts } from '../../recording/texts.js';
import { topologySpec } from '../../scenarios/draft.js';
import { type Observer, observe } from '../../server/observer.js';
import { countNodes } from '../../topology/seats.js';
import { serverIn } from '../../topology/server.js';
import { startTopology } from '../../topology/start.js';
import { parseTarget, resolveTargets } from '../../topology/targets.js';
import type { Topology } from '../../topology/types.js';
import { type Prober, probePeriod, startProbes } from '../../workload/probes.js';
import type { FaultContext } from '../types.js';

export interface Stage extends AsyncDisposable {
  topology: Topology;
  observer: Observer;
  prober: Prober;
  ctx: FaultContext;
  /** Resolves when the topology is whole again. */
  whole(): Promise<void>;
}

/** `written`: as the `topology` of a scenario file. The node timeout is a second unless it says otherwise. */
export async function openStage(
  written: Record<string, unknown> = {},
  { without = ['skew-clock'] }: { without?: readonly Ability[] } = {},
): Promise<Stage> {
  const clock = startClock();
  const over = new AbortController();
  const { signal } = over;
  const { config = {}, ...rest } = written;
  const timeout = (rest.kind ?? 'cluster') === 'cluster' ? { 'cluster-node-timeout': 1000 } : {};
  const spec = topologySpec({ ...rest, config: { ...timeout, ...(config as object) } });
  const nodes = countNodes(spec);
  const runId = `test-${randomBytes(4).toString('hex')}`;
  const rng = seeded(runId);
  const image = await resolveImage(spec.image, { signal, note: () => undefined });
  const fleet = await openFleet({
    runId,
    needs: (Object.keys(abilities) as Ability[]).filter((ability) => !without.includes(ability)),
    containers: nodes,
    clock,
  });
  try {
    const topology = await startTopology({
      spec,
      fleet,
      image,
      server: await serverIn(image, fleet, fleet.address(nodes), signal),
      clock,
      nodeIds: Array.from({ length: nodes }, () => rng.hex(40)),
      signal,
    });
    const observer = observe(topology, clock, signal);
    // Half as often as a drill's: what it is watched for lasts seconds, and many stages share the machine.
    const prober = startProbes(topology, clock, new Texts(), observer.consensus, 2 * probePeriod(nodes));
    const whole = async (): Promise<void> => {
      // What was seen before is no news: a heal may be quicker than the observer.
      const since = clock.now();
      const whole = ({ nodes, problems }: ClusterView): boolean =>
        problems.length === 0 && [...nodes.values()].every(({ t }) => t > since);
      await until(observer.consensus, whole, {
        describe: 'the topology is whole',
        within: 60_000,
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
        over: () => undefined,
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

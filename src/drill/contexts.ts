/** Whom target words mean now, and what a fault may look at. */
import type { Rng } from '../core/rng.js';
import { seeded } from '../core/rng.js';
import type { FaultContext } from '../faults/index.js';
import { fill } from '../scenarios/steps/values.js';
import { parseTarget, resolveTargets } from '../topology/targets.js';
import type { ManagedNode } from '../topology/types.js';
import type { Course, Ground, Run, Watch } from './types.js';

type Aiming = Ground & Pick<Watch, 'observer'> & Pick<Course, 'values'>;

export async function resolve(
  { topology, observer, values }: Aiming,
  words: string | string[],
  rng: Rng,
): Promise<ManagedNode[]> {
  const targets = [words].flat().map((text) => parseTarget(fill(text, values)));
  return resolveTargets(targets, observer.consensus(), topology, rng);
}

export function faultContext(
  drill: Aiming & Pick<Run, 'plan' | 'clock' | 'signal'> & Pick<Watch, 'prober'>,
  id: string,
  over: FaultContext['over'],
): FaultContext {
  const { topology, clock, signal, observer, prober } = drill;
  const rng = seeded(`${drill.plan.seed}/${id}`);
  return {
    topology,
    fleet: topology.fleet,
    clock,
    rng,
    signal,
    view: () => observer.consensus(),
    resolve: (words) => resolve(drill, words, rng),
    silence: (node, since) => prober.silence(node, since, signal),
    over,
  };
}

/**
 * The steps of a recovery. `time_to_…` counts from the moment the fault took effect; `phase_…` is the length of that phase
 * alone, from the end of the phase before it. A step that this kind of recovery does not have (a manual fail-over suspects
 * nobody) can't be measured; one that did not come although service never came back is missed.
 */
import type { Incident, PhaseName } from '../timeline/types.js';
import { worstOf } from './recovery.js';
import type { Measured, Objective } from './types.js';
import { never, unmeasured } from './units.js';

const steps: Record<PhaseName, { done: string; missing: string }> = {
  suspected: { done: 'a node is first suspected (PFAIL)', missing: 'no node was suspected' },
  agreed: { done: 'the majority agrees that it failed (FAIL)', missing: 'no node was marked as failed' },
  elected: { done: 'a replica wins the election', missing: 'no replica won an election' },
  promoted: { done: 'it has become primary', missing: 'no replica became primary' },
  served: { done: 'every affected shard acknowledges writes', missing: 'service was never interrupted' },
  client: {
    done: "the application's errors are back in their band",
    missing: 'the application saw no more errors than before',
  },
  redundant: { done: 'every primary has its replicas', missing: 'no shard was short of replicas' },
  normal: {
    done: 'p99 latency is back in its band',
    missing: 'p99 did not come back to its band for long enough, or the load was too thin to tell',
  },
};

/** Is the missing step one that should have come? */
function overdue({ episode, redundancyLost, clientErrors, moments }: Incident, name: PhaseName): boolean {
  if (episode && episode.to === undefined) return true;
  if (name === 'redundant') return redundancyLost;
  if (name === 'client') return clientErrors;
  if (name === 'normal')
    return (redundancyLost && moments.redundant === undefined) || (clientErrors && moments.client === undefined);
  return false;
}

function stepOf(
  name: PhaseName,
  value: (incident: Incident) => { value: number; uncertainty: number } | undefined,
): (i: Incident) => Measured {
  return (incident) => {
    const found = value(incident);
    if (found) return found;
    return overdue(incident, name) ? never(steps[name].missing) : unmeasured(steps[name].missing);
  };
}

const timeTo = (name: PhaseName): Objective => ({
  summary: `From the moment the fault takes effect until ${steps[name].done}`,
  unit: 'duration',
  better: 'lower',
  measure: worstOf((_, incident) =>
    stepOf(name, ({ at, moments, uncertainty, phases }) => {
      const moment = moments[name];
      const own = phases.find((p) => p.name === name)?.uncertainty ?? 0;
      return moment === undefined ? undefined : { value: Math.max(0, moment - at), uncertainty: uncertainty + own };
    })(incident),
  ),
});

const phase = (name: PhaseName): Objective => ({
  summary: `Length of the phase that ends when ${steps[name].done}`,
  unit: 'duration',
  better: 'lower',
  measure: worstOf((_, incident) =>
    stepOf(name, ({ phases }) => {
      const found = phases.find((p) => p.name === name);
      return found && { value: found.ms, uncertainty: found.uncertainty };
    })(incident),
  ),
});

export const time_to_suspect = timeTo('suspected');
export const time_to_agree = timeTo('agreed');
export const time_to_elect = timeTo('elected');
export const time_to_promote = timeTo('promoted');
export const time_to_normal = timeTo('normal');

export const phase_suspected = phase('suspected');
export const phase_agreed = phase('agreed');
export const phase_elected = phase('elected');
export const phase_promoted = phase('promoted');
export const phase_served = phase('served');
export const phase_client = phase('client');
export const phase_redundant = phase('redundant');
export const phase_normal = phase('normal');

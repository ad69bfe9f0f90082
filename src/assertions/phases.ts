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
  suspected: { done: 'a node is first suspected (PFAIL; sentinels: SDOWN)', missing: 'no node was suspected' },
  agreed: {
    done: 'the majority agrees that it failed (FAIL; sentinels: ODOWN)',
    missing: 'no node was marked as failed',
  },
  elected: { done: 'a replica wins the election', missing: 'no replica won an election' },
  promoted: { done: 'it has become primary', missing: 'no replica became primary' },
  served: { done: 'every affected shard serves again', missing: 'service was never interrupted' },
  client: {
    done: "the application's errors are back in their band",
    missing: 'the application saw no more errors than before',
  },
  redundant: { done: 'every primary has its replicas', missing: 'no shard was short of replicas' },
  normal: {
    done: 'p99 latency is back in its band',
    missing: 'the load was too thin, or ended too soon, to tell when p99 was back in its band',
  },
};

/** Why a missing step is one that should have come; undefined when this recovery simply has no such step. */
function overdue(incident: Incident, name: PhaseName): string | undefined {
  const { episode, redundancyLost, clientErrors, latencyLost, moments } = incident;
  if (episode && episode.to === undefined) return 'service never came back';
  const thin = redundancyLost && moments.redundant === undefined;
  const failing = clientErrors && moments.client === undefined;
  if (thin && (name === 'redundant' || name === 'normal'))
    return 'a shard was still short of replicas when the run ended';
  if (failing && (name === 'client' || name === 'normal')) return 'clients still saw errors when the load ended';
  if (latencyLost && name === 'normal') return 'p99 was still out of its band when the load ended';
  return undefined;
}

function stepOf(
  name: PhaseName,
  value: (incident: Incident) => { value: number; uncertainty: number } | undefined,
): (i: Incident) => Measured {
  return (incident) => {
    const found = value(incident);
    if (found) return found;
    const why = overdue(incident, name);
    return why === undefined ? unmeasured(steps[name].missing) : never(why);
  };
}

const timeTo = (name: PhaseName): Objective => ({
  summary: `From the moment the fault takes effect until ${steps[name].done}`,
  unit: 'duration',
  better: 'lower',
  traits: { countsFromFault: true },
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
  traits: { countsFromFault: true },
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

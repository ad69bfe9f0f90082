/**
 * Shares of the measured stretch: from the first effect until the drill had settled. They depend on its length, so compare
 * runs of the same scenario. Availability is seen by probes, the error rate by the application's tuned clients.
 */
import { measuringProfile } from '../timeline/latency.js';
import type { Analysis } from '../timeline/types.js';
import { Status } from '../workload/tables.js';
import type { Measured, Objective } from './types.js';
import { unmeasured } from './units.js';
import { noIncident, unprobed, untouched } from './watch.js';

type Availability = NonNullable<Analysis['availability']>;

function served(analysis: Analysis, value: (availability: Availability) => number): Measured {
  const { measured, availability, recording } = analysis;
  if (!measured || !availability) return unmeasured(noIncident(analysis));
  const why = unprobed(
    analysis,
    recording.topology.shards.map((s) => s.shard),
    measured.from,
    measured.to,
  );
  return why ? unmeasured(why) : { value: value(availability) };
}

export const availability: Objective = {
  summary: 'Share of keys and time in which writes were acknowledged, over all shards (weighted by slots)',
  unit: 'percent',
  better: 'higher',
  measure: (analysis) => served(analysis, (a) => a.cluster),
};

export const availability_worst_shard: Objective = {
  summary: 'Share of time in which the worst shard acknowledged writes',
  unit: 'percent',
  better: 'higher',
  measure: (analysis) => served(analysis, (a) => a.worst),
};

export const error_rate: Objective = {
  summary: 'Share of the application’s operations that failed or got no answer',
  unit: 'percent',
  better: 'lower',
  measure(analysis) {
    const { measured, recording, affectedShards } = analysis;
    if (!measured) return unmeasured(noIncident(analysis));
    const why = untouched(analysis, affectedShards, measured.from, measured.to);
    if (why) return unmeasured(why);
    const { ops } = recording;
    const profile = measuringProfile(ops);
    const [intended, profiles, statuses] = [ops.column('intended'), ops.column('profile'), ops.column('status')];
    let [all, bad] = [0, 0];
    for (let i = 0; i < intended.length; i++) {
      if (intended[i]! < measured.from || intended[i]! >= measured.to || profiles[i] !== profile) continue;
      all++;
      if (statuses[i] !== Status.ok) bad++;
    }
    return all === 0 ? unmeasured('the workload sent nothing while it counted') : { value: bad / all };
  },
};

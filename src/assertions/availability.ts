/**
 * Shares of the measured stretch: from the first effect until the drill had settled. They depend on its length, so compare
 * runs of the same scenario. Two questions: availability asks the servers, by probes that have their own way in; client
 * availability and the error rate ask the application's tuned clients.
 */
import { formatPercent } from '../core/units.js';
import { Status } from '../recording/tables.js';
import { measuringProfile } from '../timeline/latency.js';
import type { Analysis } from '../timeline/types.js';
import type { Measured, Objective } from './types.js';
import { unmeasured } from './units.js';
import { byReads, noIncident, unprobed, untouched } from './watch.js';

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
  if (why) return unmeasured(why);
  const share = value(availability);
  const clients = acknowledgedShare(analysis, measured);
  const apart =
    clients === undefined || share - clients.good / clients.all < APART
      ? []
      : [
          `of the servers, by probes; clients had ${formatPercent(clients.good / clients.all)} of their operations acknowledged`,
        ];
  const notes = [...apart, ...byReads(analysis)];
  return { value: share, ...(notes.length > 0 && { note: notes.join('; ') }) };
}

/** A difference between what servers gave and clients got that a reader must know of. */
const APART = 0.05;

/** Of the measuring clients' operations; undefined when they sent none. */
function acknowledgedShare({ recording: { ops } }: Analysis, { from, to }: { from: number; to: number }) {
  if (ops.length === 0) return undefined;
  const profile = measuringProfile(ops);
  const [intended, profiles, statuses] = [ops.column('intended'), ops.column('profile'), ops.column('status')];
  let [all, good] = [0, 0];
  for (let i = 0; i < intended.length; i++) {
    if (intended[i]! < from || intended[i]! >= to || profiles[i] !== profile) continue;
    all++;
    if (statuses[i] === Status.ok) good++;
  }
  return all === 0 ? undefined : { good, all };
}

function ofClients(analysis: Analysis, value: (operations: { good: number; all: number }) => number): Measured {
  const { measured, affectedShards } = analysis;
  if (!measured) return unmeasured(noIncident(analysis));
  const why = untouched(analysis, affectedShards, measured.from, measured.to);
  if (why) return unmeasured(why);
  const share = acknowledgedShare(analysis, measured);
  return share === undefined ? unmeasured('the workload sent nothing while it counted') : { value: value(share) };
}

export const availability: Objective = {
  summary:
    'Share of keys and time in which the servers acknowledged writes (probes: read, answered reads), over all shards (weighted by slots); asked by probes, not by clients',
  unit: 'percent',
  better: 'higher',
  traits: { bears: 'ten probes' },
  measure: (analysis) => served(analysis, (a) => a.cluster),
};

export const availability_worst_shard: Objective = {
  summary: 'Share of time in which the servers of the worst shard acknowledged writes (probes: read, answered reads)',
  unit: 'percent',
  better: 'higher',
  traits: { bears: 'ten probes' },
  measure: (analysis) => served(analysis, (a) => a.worst),
};

export const client_availability: Objective = {
  summary:
    'Share of the application’s operations that were acknowledged: what clients got, where availability is what the servers gave',
  unit: 'percent',
  better: 'higher',
  measure: (analysis) => ofClients(analysis, ({ good, all }) => good / all),
};

export const error_rate: Objective = {
  summary: 'Share of the application’s operations that failed or got no answer',
  unit: 'percent',
  better: 'lower',
  measure: (analysis) => ofClients(analysis, ({ good, all }) => (all - good) / all),
};

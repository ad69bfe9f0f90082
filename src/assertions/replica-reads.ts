/** What those saw who read from replicas, from the first effect until the drill had settled. */
import { formatDuration } from '../core/units.js';
import type { Analysis, ReplicaReading } from '../timeline/types.js';
import type { Measured, Objective } from './types.js';
import { unmeasured } from './units.js';
import { noIncident, unprobed } from './watch.js';

function fromReads(analysis: Analysis, value: (reading: ReplicaReading) => Measured): Measured {
  const { measured, replicaReads, recording } = analysis;
  if (!measured) return unmeasured(noIncident(analysis));
  if (!replicaReads || replicaReads.reads === 0)
    return unmeasured(
      recording.workload.replicaReads === undefined
        ? 'nobody read from replicas: give the workload replica_reads'
        : 'no node was a replica that could be read from',
    );
  return value(replicaReads);
}

const failures = ({ errors }: ReplicaReading): string[] =>
  Object.entries(errors)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 4)
    .map(([text, n]) => `${n} ${text}`);

export const replica_staleness: Objective = {
  summary:
    'Longest time for which what a replica answered had been overwritten by an acknowledged write (workload: replica_reads)',
  unit: 'duration',
  better: 'lower',
  handbook: ['2.1.2'],
  measure: (analysis) =>
    fromReads(analysis, (reading) => {
      const { reads, answered, behind, worst } = reading;
      if (analysis.recording.workload.probes === 'read')
        return unmeasured('nobody wrote in this drill: what replicas hold can not be old');
      if (answered === 0) return unmeasured(`none of ${reads} reads from replicas was answered`);
      // It is the probes' writes by which answers are dated: without them everything would seem to be new.
      const { measured, recording } = analysis;
      const shards = recording.topology.shards.map(({ shard }) => shard);
      const unwritten = worst ? undefined : unprobed(analysis, shards, measured!.from, measured!.to);
      if (unwritten) return unmeasured(unwritten);
      const failed = reads > answered ? [`${reads - answered} of ${reads} reads failed`] : [];
      if (!worst) return { value: 0, note: [`${answered} answers were up to date`, ...failed].join('; ') };
      const told = `${worst.node} was ${worst.writes} writes and ${formatDuration(worst.ms)} behind; ${behind} of ${answered} answers were behind at all`;
      return { value: worst.ms, note: [told, ...failed].join('; ') };
    }),
};

export const replica_read_errors: Objective = {
  summary: 'Share of the reads from replicas that were refused or got no answer (workload: replica_reads)',
  unit: 'percent',
  better: 'lower',
  measure: (analysis) =>
    fromReads(analysis, (reading) => {
      const note = failures(reading);
      const value = (reading.reads - reading.answered) / reading.reads;
      return { value, ...(note.length > 0 && { note: note.join(', ') }) };
    }),
};

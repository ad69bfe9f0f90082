/** What was read back after healing and convergence, with the load stopped. */
import type { Analysis } from '../timeline/types.js';
import type { FinalState, ReplicaCheck } from '../workload/recording.js';
import type { Measured, Objective } from './types.js';
import { unmeasured } from './units.js';
import { noIncident } from './watch.js';

function atTheEnd(analysis: Analysis, value: (final: FinalState) => Measured): Measured {
  const { recording } = analysis;
  if (!recording.final)
    return unmeasured(
      recording.aborted ? `the run was stopped: ${recording.aborted.message}` : 'the final state was never read back',
    );
  const found = value(recording.final);
  // What is wrong at the end is wrong; that all is well proves nothing if nothing was done to it.
  if (!analysis.effective && !(found.value === 0)) return unmeasured(noIncident(analysis));
  return found;
}

export const slots_covered: Objective = {
  summary: 'Hash slots of 16384 that have an owner which answers and claims them itself, at the end',
  unit: 'count',
  better: 'higher',
  handbook: ['4.2.4', '7.2'],
  measure: (analysis) => atTheEnd(analysis, (f) => ({ value: f.slotsCovered })),
};

export const nodes_agree: Objective = {
  summary: 'Every node holds the same slot map, has no open slot and says that the cluster is ok, at the end',
  unit: 'boolean',
  better: 'higher',
  handbook: ['4.2.4', '7.2'],
  measure: (analysis) =>
    atTheEnd(analysis, (f) =>
      f.nodesTotal === 0
        ? unmeasured('no node was asked')
        : { value: f.nodesAgreeing === f.nodesTotal ? 1 : 0, note: `${f.nodesAgreeing} of ${f.nodesTotal} nodes` },
    ),
};

export const data_intact: Objective = {
  summary: 'Everything written before the fault reads back unchanged, and replicas hold what their primaries hold',
  unit: 'boolean',
  better: 'higher',
  handbook: ['5.4', '7.2'],
  measure: (analysis) => atTheEnd(analysis, (f) => intact(f, analysis.recording.topology.replicasPerShard)),
};

export const values_missing: Objective = {
  summary: 'Values of the data set written before the fault that no longer exist, at the end',
  unit: 'count',
  better: 'lower',
  handbook: ['2.1.3'],
  measure: (analysis) => values(analysis, 'missing'),
};

export const values_changed: Objective = {
  summary: 'Values of the data set written before the fault that are no longer what they were, at the end',
  unit: 'count',
  better: 'lower',
  handbook: ['2.1.3'],
  measure: (analysis) => values(analysis, 'changed'),
};

function values(analysis: Analysis, how: 'missing' | 'changed'): Measured {
  return atTheEnd(analysis, ({ canaries }) => {
    const { written, [how]: wrong } = canaries;
    if (written === 0) return unmeasured('nothing was written before the fault to be read back');
    // Here nothing is what should be found: without a fault it says no more than that nothing was done.
    if (wrong.length === 0 && !analysis.effective) return unmeasured(noIncident(analysis));
    const some = wrong.length > 0 ? `: ${wrong.slice(0, 3).join(', ')}` : '';
    return { value: wrong.length, note: `of ${written}${some}` };
  });
}

export const replicas_equal: Objective = {
  summary: 'Every replica holds what its primary holds, at the end',
  unit: 'boolean',
  better: 'higher',
  handbook: ['2.1.3', '5.4'],
  measure: (analysis) => atTheEnd(analysis, ({ replicas }) => equal(replicas)),
};

function equal(replicas: readonly ReplicaCheck[]): Measured {
  if (replicas.length === 0) return unmeasured('no replica was compared with its primary');
  const different = replicas.filter((r) => r.sameData === false);
  if (different.length > 0)
    return { value: 0, note: different.map((r) => `${r.replica} differs from its primary ${r.primary}`).join('; ') };
  const unknown = replicas.find((r) => r.sameData === undefined);
  if (unknown) return unmeasured(`${unknown.replica} could not be compared with ${unknown.primary}: ${unknown.how}`);
  return { value: 1, note: `${replicas.length} replicas compared` };
}

function intact({ canaries, replicas }: FinalState, replicasPerShard: number): Measured {
  const { written, missing, changed } = canaries;
  const wrong = [
    ...(missing.length > 0
      ? [`${missing.length} of ${written} values are missing (${missing.slice(0, 3).join(', ')})`]
      : []),
    ...(changed.length > 0
      ? [`${changed.length} of ${written} values are changed (${changed.slice(0, 3).join(', ')})`]
      : []),
    ...replicas.filter((r) => r.sameData === false).map((r) => `${r.replica} differs from its primary ${r.primary}`),
  ];
  if (wrong.length > 0) return { value: 0, note: wrong.join('; ') };
  if (written === 0) return unmeasured('nothing was written before the fault to be read back');
  const unknown = replicas.find((r) => r.sameData === undefined);
  if (unknown) return unmeasured(`${unknown.replica} could not be compared with ${unknown.primary}: ${unknown.how}`);
  if (replicas.length === 0 && replicasPerShard > 0) return unmeasured('no replica was compared with its primary');
  return {
    value: 1,
    note: `${written} values unchanged${replicas.length > 0 ? `, ${replicas.length} replicas compared` : ''}`,
  };
}

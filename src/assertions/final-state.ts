/** What the drill's own operators and servers left, read with the load stopped and before redrill healed anything itself. */

import { valuesIn } from '../recording/data-set.js';
import type { FinalState, ReplicaCheck } from '../recording/recording.js';
import { mendedBefore } from '../timeline/left.js';
import type { Analysis } from '../timeline/types.js';
import type { Measured, Objective } from './types.js';
import { unmeasured } from './units.js';
import { noIncident } from './watch.js';

function atTheEnd(analysis: Analysis, value: (final: FinalState) => Measured): Measured {
  const { recording } = analysis;
  if (!recording.final)
    return unmeasured(
      recording.aborted ? `the run was stopped: ${recording.aborted.message}` : 'the final state was never read back',
    );
  const mended = mendedBefore(recording);
  if (mended !== undefined) return unmeasured(mended);
  const found = value(recording.final);
  // What is wrong at the end is wrong; that all is well proves nothing if nothing was done to it.
  if (!analysis.effective && !(found.value === 0)) return unmeasured(noIncident(analysis));
  return found;
}

export const slots_covered: Objective = {
  summary: 'Hash slots of 16384 that have an owner which answers and claims them itself, as the drill left it',
  unit: 'count',
  better: 'higher',
  handbook: ['4.2.4', '7.2'],
  traits: { ofSlots: true, example: '== 16384' },
  measure: (analysis) => atTheEnd(analysis, (f) => ({ value: f.slotsCovered })),
};

export const nodes_agree: Objective = {
  summary:
    'As the drill left it, every node answers and all say the same: who leads, who serves which slots, nobody held for down, nothing half done',
  unit: 'boolean',
  better: 'higher',
  handbook: ['4.2.4', '7.2'],
  measure: (analysis) =>
    atTheEnd(analysis, (f) =>
      f.nodesTotal === 0
        ? unmeasured('no node was asked')
        : { value: f.nodesAgreeing === f.nodesTotal ? 1 : 0, note: agreement(f) },
    ),
};

function agreement({ nodesAgreeing, nodesTotal, left }: FinalState): string {
  const why = left?.disagreements ?? [];
  const more = why.length > 3 ? ` and ${why.length - 3} more` : '';
  return `${nodesAgreeing} of ${nodesTotal} nodes${why.length > 0 ? `: ${why.slice(0, 3).join('; ')}${more}` : ''}`;
}

export const data_intact: Objective = {
  summary: 'Everything written before the fault reads back unchanged, and replicas hold what their primaries hold',
  unit: 'boolean',
  better: 'higher',
  handbook: ['5.4', '7.2'],
  measure: (analysis) => atTheEnd(analysis, (f) => intact(f, analysis.recording.topology.replicasPerShard)),
};

export const values_missing: Objective = {
  summary: 'Values of the data set written before the fault that no longer exist, as the drill left it',
  unit: 'count',
  better: 'lower',
  handbook: ['2.1.3'],
  traits: { most: valuesIn, example: '== 0' },
  measure: (analysis) => values(analysis, 'missing'),
};

export const values_changed: Objective = {
  summary: 'Values of the data set written before the fault that are no longer what they were, as the drill left it',
  unit: 'count',
  better: 'lower',
  handbook: ['2.1.3'],
  traits: { most: valuesIn, example: '== 0' },
  measure: (analysis) => values(analysis, 'changed'),
};

function values(analysis: Analysis, how: 'missing' | 'changed'): Measured {
  return atTheEnd(analysis, ({ canaries, left }) => {
    const { written, [how]: wrong } = canaries;
    if (written === 0) return unmeasured('nothing was written before the fault to be read back');
    const unread = unservedIn(left, ['unread']);
    if (unread.length > 0 && wrong.length === 0)
      return unmeasured(`${unread.length} of ${written} values could not be read from anybody (${some(unread)})`);
    // Here nothing is what should be found: without a fault it says no more than that nothing was done.
    if (wrong.length === 0 && !analysis.effective) return unmeasured(noIncident(analysis));
    const held = unservedIn(left, ['unchanged']).length;
    const notes = [
      `of ${written}${wrong.length > 0 ? `: ${some(wrong)}` : ''}`,
      ...(held > 0 ? [`${held} of them nobody served in the end, but they exist`] : []),
    ];
    return { value: wrong.length, note: notes.join('; ') };
  });
}

const some = (keys: readonly string[]): string => keys.slice(0, 3).join(', ');

const unservedIn = (left: FinalState['left'], how: readonly string[]): string[] =>
  (left?.unserved ?? []).flatMap(({ key, is }) => (how.includes(is) ? [key] : []));

export const replicas_equal: Objective = {
  summary: 'Every replica holds what its primary holds, as the drill left it',
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
  return { value: 1, note: comparedIn(replicas) };
}

const comparedIn = ({ length }: readonly ReplicaCheck[]): string =>
  `${length} ${length === 1 ? 'replica' : 'replicas'} compared`;

function intact({ canaries, replicas, left }: FinalState, replicasPerShard: number): Measured {
  const { written, missing, changed } = canaries;
  const [held, unread] = [unservedIn(left, ['unchanged']), unservedIn(left, ['unread'])];
  const wrong = [
    ...(missing.length > 0 ? [`${missing.length} of ${written} values are missing (${some(missing)})`] : []),
    ...(changed.length > 0 ? [`${changed.length} of ${written} values are changed (${some(changed)})`] : []),
    ...(held.length > 0
      ? [`${held.length} of ${written} values had nobody who served them (${some(held)}), though they still exist`]
      : []),
    ...(unread.length > 0
      ? [`${unread.length} of ${written} values had nobody who served them (${some(unread)})`]
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
    note: `${written} values unchanged${replicas.length > 0 ? `, ${comparedIn(replicas)}` : ''}`,
  };
}

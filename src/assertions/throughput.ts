/**
 * Acknowledged operations per second, as a share of those before the fault. The schedule asks for the same number all the time:
 * what is missing was refused, unanswered, or still waits.
 */
import { formatCount } from '../core/units.js';
import { type Ops, Status } from '../recording/tables.js';
import { measuringProfile } from '../timeline/latency.js';
import type { Analysis, Window } from '../timeline/types.js';
import type { Measured, Objective } from './types.js';
import { unmeasured } from './units.js';
import { noIncident, untouched } from './watch.js';

const times = { during: 'from the fault until clients have recovered', after: 'after recovery' } as const;

const throughput = (when: keyof typeof times): Objective => ({
  summary: `Acknowledged operations per second ${times[when]}, as a share of those before the fault`,
  unit: 'percent',
  better: 'higher',
  handbook: ['2.1.4'],
  measure: (analysis) => measure(analysis, when),
});

function measure(analysis: Analysis, when: keyof typeof times): Measured {
  if (!analysis.effective) return unmeasured(noIncident(analysis));
  const [before, window] = (['before', when] as const).map((name) => analysis.windows.find((w) => w.name === name));
  if (!before || !window) return unmeasured(`there was no time ${before ? times[when] : 'before the fault'}`);
  const { recording, affectedShards } = analysis;
  const why =
    untouched(analysis, affectedShards, before.from, before.to) ??
    untouched(analysis, affectedShards, window.from, window.to);
  if (why) return unmeasured(why);
  const [usual, now] = [before, window].map((w) => perSecond(recording.ops, w)) as [number, number];
  if (usual === 0) return unmeasured('no operation was acknowledged before the fault');
  return {
    value: Math.min(1, now / usual),
    note: `${formatCount(Math.round(now))} of ${formatCount(Math.round(usual))}/s`,
  };
}

/** By the moment of the answer: an answer that comes late is throughput of the time when it comes. */
function perSecond(ops: Ops, { from, to }: Window): number {
  const profile = measuringProfile(ops);
  const [done, profiles, statuses] = [ops.column('done'), ops.column('profile'), ops.column('status')];
  let n = 0;
  for (let i = 0; i < done.length; i++)
    if (done[i]! >= from && done[i]! < to && statuses[i] === Status.ok && profiles[i] === profile) n++;
  return (1000 * n) / (to - from);
}

export const throughput_during = throughput('during');
export const throughput_after = throughput('after');

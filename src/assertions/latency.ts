/** Latency of the application's operations before, during and after the disturbance, from their intended moment (timeline/latency). */
import type { Analysis, LatencySummary, Window } from '../timeline/types.js';
import type { Measured, Objective } from './types.js';
import { never, unmeasured } from './units.js';
import { incidentsIn, noIncident, untouched } from './watch.js';

export type Figure = 'p50' | 'p99' | 'max';
const words = { p50: 'Median', p99: '99th percentile of', max: 'Longest' } as const;
const times = {
  before: 'before the fault',
  during: 'from the fault until clients have recovered',
  after: 'after recovery',
} as const;

function latency(figure: Figure, when: Window['name']): Objective {
  return {
    summary: `${words[figure]} latency ${times[when]}`,
    unit: 'duration',
    better: 'lower',
    traits: { bears: 'any stall' },
    measure: (analysis) => measure(analysis, figure, when),
  };
}

function measure(analysis: Analysis, figure: Figure, when: Window['name']): Measured {
  if (!analysis.effective) return unmeasured(noIncident(analysis));
  const window = analysis.windows.find((w) => w.name === when);
  if (!window)
    return when === 'after' && lasting(analysis)
      ? never('it never recovered, so there is no time after it')
      : unmeasured(`there was no time ${times[when]}`);
  const why = untouched(analysis, analysis.affectedShards, window.from, window.to);
  if (why) return unmeasured(why);
  const summary = analysis.latency?.[when];
  if (!summary) return unmeasured(`the workload sent nothing ${times[when]}`);
  const { count, unanswered } = summary;
  const notes = [
    ...(figure === 'p99' && count < 100 ? [`of only ${count} operations`] : []),
    ...(unanswered > 0 ? [`${unanswered} of ${count} operations got no answer at first`] : []),
  ];
  return { ...boundsOf(summary, figure), ...(notes.length > 0 && { note: notes.join(', ') }) };
}

/** A figure with the most that it can have been, where that is more. */
export function boundsOf(summary: LatencySummary, figure: Figure): { value: number; atMost?: number | null } {
  const [value, most] = [summary[figure], summary.atMost?.[figure]];
  if (most === undefined || most <= value) return { value };
  return { value, atMost: Number.isFinite(most) ? most : null };
}

/** Did the last disturbance last as long as the drill? */
function lasting(analysis: Analysis): boolean {
  const last = incidentsIn(analysis).at(-1);
  if (!last) return false;
  const { episode, clientErrors, redundancyLost, moments } = last;
  if (episode && moments.served === undefined) return true;
  if (clientErrors && moments.client === undefined) return true;
  return redundancyLost && moments.redundant === undefined;
}

export const p50_before = latency('p50', 'before');
export const p99_before = latency('p99', 'before');
export const max_before = latency('max', 'before');
export const p50_during = latency('p50', 'during');
export const p99_during = latency('p99', 'during');
export const max_during = latency('max', 'during');
export const p50_after = latency('p50', 'after');
export const p99_after = latency('p99', 'after');
export const max_after = latency('max', 'after');

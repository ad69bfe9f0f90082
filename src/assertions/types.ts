import type { ObjectiveSpec } from '../recording/recording.js';
import type { Analysis } from '../timeline/types.js';

/** Fail beats inconclusive beats pass. Inconclusive: we could not find out. */
export type Verdict = 'pass' | 'fail' | 'inconclusive';
const rank = { pass: 0, inconclusive: 1, fail: 2 } as const;
export const worst = (verdicts: Iterable<Verdict>): Verdict =>
  [...verdicts].reduce((a, b) => (rank[b] > rank[a] ? b : a), 'pass');

/** Of a whole run, which may also have been left out because its server can't be drilled this way. */
export type RunVerdict = Verdict | 'skipped';
/** Of several runs. What was skipped says nothing; when nothing else is left, nothing was found out. */
export function worstRun(verdicts: Iterable<RunVerdict>): Verdict {
  const told = [...verdicts].filter((verdict) => verdict !== 'skipped');
  return told.length === 0 ? 'inconclusive' : worst(told);
}

/** duration in ms, percent as a share 0..1, seconds in ms too (shown as seconds), boolean as 1 or 0. */
export type Unit = 'duration' | 'count' | 'percent' | 'boolean';

/**
 * What an objective found. `never` means the event did not come within the run: any upper limit is missed. `value: null` means
 * it could not be measured. `atMost`: the value is at least `value`, and at most this; null: nobody saw the end of it.
 */
export type Measured =
  | { value: number; atMost?: number | null; note?: string; uncertainty?: number }
  | { value: 'never'; note: string }
  | { value: null; why: string };

/** One service level objective. Pure: no I/O, no clock. */
export interface Objective {
  summary: string;
  unit: Unit;
  better: 'lower' | 'higher';
  handbook?: string[];
  /** One answer that came late decides it: then our own longest delay counts, and not the usual one. */
  byOne?: true;
  measure(analysis: Analysis): Measured;
}

/** Gives an objective of a user's own its type. */
export const defineObjective = (objective: Objective): Objective => objective;

/** An objective's measured value, limit and verdict. */
export interface Finding {
  objective: string;
  summary: string;
  unit: Unit;
  limit: ObjectiveSpec;
  measured: Measured;
  verdict: Verdict;
  /** "3.52 s, limit < 8 s, 56 % of the budget used" */
  text: string;
}

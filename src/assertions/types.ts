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

/** What others than the objective itself have to know of it. Nobody asks for one by its name. */
export interface ObjectiveTraits {
  /** Without a fault or a procedure there is nothing that it could count from. */
  countsFromFault?: true;
  /** It ends when the last shard that was hit serves again: the phases up to there add up to it, and it can't be shorter than a failover. */
  endsWithService?: true;
  /** What a drill waits for while this is asked: `notice` is the time in which a fault that lasts would have interrupted service. */
  waitsFor?: 'redundancy' | 'notice';
  /**
   * How long our own event loop may have stood still for a pass to stand. `a tenth` of the limit, or five probes: the default for
   * times. `any stall`: it can only make it worse, or has nothing to do with it; the default for everything else. `ten probes`: it is a
   * share of probes, and a stall hides short outages.
   */
  bears?: 'a tenth' | 'any stall' | 'ten probes';
  /** One answer that came late decides it: then our own longest delay counts, and not the usual one. */
  byOne?: true;
  /** The most that a deployment of so many shards can have of it: a limit that allows as much can't be missed. */
  most?: (deployment: { shards: number }) => number;
  /** It is about hash slots: only a kind that has them can be asked. */
  ofSlots?: true;
  /** A limit that tells something, where the unit's usual one does not. */
  example?: string;
  /** How people call it, where that is not its name with spaces. */
  called?: string;
  /** How a verdict's sentence says it, where that is not by its name: a time until something is back, or how many of something were lost. */
  phrase?: { back: string; never: string; atOnce?: string } | { lost: string };
  /** Every verdict's sentence has it, whatever decided: the lower number comes first. */
  headline?: number;
}

/** One service level objective. Pure: no I/O, no clock. */
export interface Objective {
  summary: string;
  unit: Unit;
  better: 'lower' | 'higher';
  handbook?: string[];
  traits?: ObjectiveTraits;
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

/** Several plans, one after another: two drills at once would share the machine's CPUs and spoil each other's numbers. */
import { join, relative } from 'node:path';
import type { RunVerdict } from '../assertions/types.js';
import { worstRun } from '../assertions/types.js';
import { messageOf, RedrillError } from '../core/errors.js';
import type { Progress } from '../core/progress.js';
import type { Result } from '../report/types.js';
import type { Unwritten } from './run.js';
import type { Plan } from './types.js';

export interface Outcome {
  plan: Plan;
  verdict: RunVerdict;
  /** Missing when the run could not even make a report. */
  run?: { folder: string; result: Result };
  error?: RedrillError;
  /** Of a run whose reports could not be written. */
  unwritten?: Result;
}

interface SuiteOptions {
  signal: AbortSignal;
  reportsDir: string;
  keep: boolean;
  progress(plan: Plan, index: number): Promise<Progress>;
  onOutcome?(outcome: Outcome): void;
}

/** Stops early when interrupted, or when there is no engine: the next run would fail for the same reason. */
export async function runAll(
  plans: readonly Plan[],
  { signal, reportsDir, keep, progress, onOutcome }: SuiteOptions,
): Promise<Outcome[]> {
  const { runScenario } = await import('./run.js');
  const outcomes: Outcome[] = [];
  for (const [index, plan] of plans.entries()) {
    if (signal.aborted) break;
    const shown = onceDone(await progress(plan, index));
    const outcome = await runOne(() => runScenario({ plan, signal, reportsDir, keep, progress: shown }), plan);
    shown.done(describeOutcome(outcome));
    outcomes.push(outcome);
    onOutcome?.(outcome);
    if (outcome.error?.code === 'ENGINE') break;
  }
  return outcomes;
}

/** A run that failed early never said that it was done; a bar has to be taken down all the same. */
function onceDone(progress: Progress): Progress {
  let done = false;
  return {
    ...progress,
    done: (text) => {
      if (!done) progress.done(text);
      done = true;
    },
  };
}

async function runOne(run: () => Promise<{ folder: string; result: Result }>, plan: Plan): Promise<Outcome> {
  try {
    const done = await run();
    return { plan, verdict: done.result.verdict, run: done };
  } catch (error) {
    // A bug must be seen as one, not as an inconclusive drill.
    if (!(error instanceof RedrillError) || error.code === 'BUG') throw error;
    const unwritten = (error as Partial<Unwritten>).result;
    // A drill that failed has failed, whether or not its reports find room.
    const verdict = worstRun(['inconclusive', ...(unwritten ? [unwritten.verdict] : [])]);
    return { plan, verdict, error, ...(unwritten && { unwritten }) };
  }
}

/** What was skipped alone is as good as not run. */
const status: Record<RunVerdict, number> = { pass: 0, fail: 1, inconclusive: 2, skipped: 2 };

export const statusOf = (verdict: RunVerdict): number => status[verdict];

/** The process' exit status: fail beats inconclusive beats pass, what was skipped does not count; plans that were never run leave it open. */
export function exitStatusOf(outcomes: readonly Outcome[], planned: number): number {
  const verdicts = outcomes.map(({ verdict }) => verdict);
  if (outcomes.length < planned) verdicts.push('inconclusive');
  return statusOf(worstRun(verdicts));
}

export const describeOutcome = ({ plan, run, error, unwritten, verdict }: Outcome): string =>
  run
    ? run.result.sentence
    : `${unwritten ? `${unwritten.sentence}, but` : `${plan.scenario.name}: ${verdict},`} ${messageOf(error)}`;

/** One outcome of `redrill run --json`. */
export const outcomeJson = ({ plan, verdict, run, error, unwritten }: Outcome): Record<string, unknown> => ({
  scenario: plan.scenario.name,
  seed: plan.seed,
  verdict,
  ...(run && { folder: run.folder, result: run.result }),
  ...(unwritten && { result: unwritten }),
  ...(error && { error: { code: error.code, message: error.message } }),
});

export const resultsOf = (outcomes: readonly Outcome[]): Result[] =>
  outcomes.flatMap(({ run }) => (run ? [run.result] : []));

/** One page that links to the reports of several runs and compares variants, and the same in Markdown. */
export async function writeOverview(outcomes: readonly Outcome[], reportsDir: string): Promise<string> {
  const { compare, comparisonMarkdown, md, renderOverview, writeWhole } = await import('../report/index.js');
  const page = join(reportsDir, 'index.html');
  const entries = outcomes.flatMap(({ run }) =>
    run ? [{ result: run.result, href: `${relative(reportsDir, run.folder)}/index.html` }] : [],
  );
  const lines = outcomes.map((outcome) => `- ${md(describeOutcome(outcome))}`);
  const comparisons = compare(resultsOf(outcomes)).map((comparison) => `\n${comparisonMarkdown(comparison)}\n`);
  await writeWhole([
    [page, renderOverview(entries)],
    [join(reportsDir, 'summary.md'), `${lines.join('\n')}\n${comparisons.join('')}`],
  ]);
  return page;
}

/** Several plans, one after another: two drills at once would share the machine's CPUs and spoil each other's numbers. */
import { join, relative } from 'node:path';
import type { RunVerdict } from '../assertions/types.js';
import { worstRun } from '../assertions/types.js';
import { codes, messageOf, RedrillError } from '../core/errors.js';
import type { Progress } from '../core/progress.js';
import { plural } from '../core/units.js';
import type { Result } from '../report/types.js';
import type { Plan } from '../scenarios/types.js';
import type { Unwritten } from './run.js';

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

export interface Suite {
  outcomes: Outcome[];
  /** Those that were not begun, and why. */
  unrun: { plans: readonly Plan[]; code: 'ENGINE' | 'INTERRUPTED'; why: string } | undefined;
}

/** Stops early when interrupted, or when the engine is gone: the next run would end for the same reason. */
export async function runAll(
  plans: readonly Plan[],
  { signal, reportsDir, keep, progress, onOutcome }: SuiteOptions,
): Promise<Suite> {
  const { runScenario } = await import('./run.js');
  const outcomes: Outcome[] = [];
  for (const [index, plan] of plans.entries()) {
    if (signal.aborted)
      return { outcomes, unrun: { plans: plans.slice(index), code: 'INTERRUPTED', why: 'interrupted' } };
    const shown = onceDone(await progress(plan, index));
    const outcome = await runOne(() => runScenario({ plan, signal, reportsDir, keep, progress: shown }), plan);
    shown.done(describeOutcome(outcome));
    outcomes.push(outcome);
    onOutcome?.(outcome);
    const rest = plans.slice(index + 1);
    const gone = rest.length > 0 && brokeTheEngine(outcome) ? await whyNoEngine() : undefined;
    if (gone !== undefined) return { outcomes, unrun: { plans: rest, code: 'ENGINE', why: gone } };
  }
  return { outcomes, unrun: undefined };
}

const brokeTheEngine = ({ error, run }: Outcome): boolean =>
  error?.code === 'ENGINE' || run?.result.aborted?.code === 'ENGINE';

/** An engine that failed once may be well again. @returns undefined when it answers. */
async function whyNoEngine(): Promise<string | undefined> {
  const { engineAnswers } = await import('../fleet/index.js');
  return engineAnswers().then(
    () => undefined,
    (error: unknown) => messageOf(error),
  );
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
    // A bug must be seen as one, not as an inconclusive drill; the others have a verdict all the same.
    if (!(error instanceof RedrillError) || error.code === 'BUG')
      return { plan, verdict: 'inconclusive', error: new RedrillError('BUG', messageOf(error), { cause: error }) };
    const unwritten = (error as Partial<Unwritten>).result;
    // A drill that failed has failed, whether or not its reports find room.
    const verdict = worstRun(['inconclusive', ...(unwritten ? [unwritten.verdict] : [])]);
    return { plan, verdict, error, ...(unwritten && { unwritten }) };
  }
}

/** What was skipped alone is as good as not run. */
const status: Record<RunVerdict, number> = { pass: 0, fail: 1, inconclusive: 2, skipped: 2 };

/** A verdict of which redrill's own bug has a part is worth nothing: that comes before all. */
export const statusOf = ({ verdict, aborted }: Pick<Result, 'verdict' | 'aborted'>): number =>
  aborted?.code === 'BUG' ? codes.BUG : status[verdict];

/** The process' exit status: fail beats inconclusive beats pass, what was skipped does not count; plans that were never run leave it open. */
export function exitStatusOf(outcomes: readonly Outcome[], planned: number): number {
  const results = outcomes.map(({ run, unwritten, verdict }) => ({ ...(run?.result ?? unwritten), verdict }));
  if (outcomes.some(isBug) || results.some((result) => statusOf(result) === codes.BUG)) return codes.BUG;
  const verdicts = results.map(({ verdict }) => verdict);
  if (outcomes.length < planned) verdicts.push('inconclusive');
  return status[worstRun(verdicts)];
}

/** A run that redrill's own bug broke: the cause of its error is what was thrown. */
export const isBug = ({ error }: { error?: RedrillError | undefined }): boolean => error?.code === 'BUG';

/** One line for all of them: they have one reason. */
export const describeUnrun = ({ plans, why }: NonNullable<Suite['unrun']>): string =>
  `${plural(plans.length, 'drill was', 'drills were')} not begun (${plans.map(({ scenario }) => scenario.name).join(', ')}): ${why}`;

export function describeOutcome({ plan, run, error, unwritten, verdict }: Outcome): string {
  if (run) return run.result.sentence;
  const known = unwritten ? `${unwritten.sentence}, but` : `${plan.scenario.name}: ${verdict},`;
  return `${known} ${isBug({ error }) ? 'a bug in redrill: ' : ''}${messageOf(error)}`;
}

/** A line for each drill, and one for all that were not begun. */
export const overviewLines = ({ outcomes, unrun }: Suite): string[] => [
  ...outcomes.map(describeOutcome),
  ...(unrun ? [describeUnrun(unrun)] : []),
];

const outcomeJson = ({ plan, verdict, run, error, unwritten }: Outcome): Record<string, unknown> => ({
  scenario: plan.scenario.name,
  seed: plan.seed,
  verdict,
  ...(run && { folder: run.folder, result: run.result }),
  ...(unwritten && { result: unwritten }),
  ...(error && { error: { code: error.code, message: error.message } }),
});

export const resultsOf = (outcomes: readonly Outcome[]): Result[] =>
  outcomes.flatMap(({ run }) => (run ? [run.result] : []));

/** What `redrill run --json` prints. A program that asked for a drill finds it there, begun or not. */
export const suiteJson = ({ outcomes, unrun }: Suite): Record<string, unknown>[] => [
  ...outcomes.map(outcomeJson),
  ...(unrun?.plans ?? []).map((plan) =>
    outcomeJson({ plan, verdict: 'inconclusive', error: new RedrillError(unrun!.code, `not begun: ${unrun!.why}`) }),
  ),
];

/** One page that links to the reports of several runs and compares variants, and the same in Markdown. */
export async function writeOverview({ outcomes, unrun }: Suite, reportsDir: string): Promise<string> {
  const { compare, comparisonMarkdown, md, renderOverview, writeWhole } = await import('../report/index.js');
  const page = join(reportsDir, 'index.html');
  const entries = outcomes.flatMap(({ run }) =>
    run ? [{ result: run.result, href: `${relative(reportsDir, run.folder)}/index.html` }] : [],
  );
  const lines = overviewLines({ outcomes, unrun }).map((line) => `- ${md(line)}`);
  const comparisons = compare(resultsOf(outcomes)).map((comparison) => `\n${comparisonMarkdown(comparison)}\n`);
  await writeWhole([
    [page, renderOverview(entries, unrun && describeUnrun(unrun))],
    [join(reportsDir, 'summary.md'), `${lines.join('\n')}\n${comparisons.join('')}`],
  ]);
  return page;
}

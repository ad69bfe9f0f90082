/**
 * The public API. A scenario file is loaded, planned for a seed, and run; the verdict is a value:
 *
 *     const [scenario] = await loadScenarios('scenarios/primary-segfault.yaml');
 *     const { result } = await runScenario({ plan: planOf(scenario), signal, progress: silent, reportsDir: 'reports' });
 *     if (result.verdict !== 'pass') throw new Error(result.sentence);
 */

// Judging a finished run again
export type { Finding, Verdict } from './assertions/types.js';
// Errors: one class, a code, a hint, an exit status
export { type Code, RedrillError } from './core/errors.js';
export { type Progress, silent } from './core/progress.js';
export { runScenario } from './drill/run.js';
export type { Recording } from './recording/recording.js';
export { rejudge } from './report/rejudge.js';
export type { Result } from './report/types.js';
// From a file to a verdict
export { describePlan } from './scenarios/describe.js';
export { loadScenarios } from './scenarios/load.js';
export { planOf } from './scenarios/plan.js';
export { InvalidScenario } from './scenarios/problems.js';
// What a scenario, a fault, a procedure or an objective of your own is made of
export * from './scenarios/toolbox.js';
export type { Plan, Scenario } from './scenarios/types.js';

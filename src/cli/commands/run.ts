import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { print, printJson, say } from '../output.js';
import { progressFor } from '../progress.js';
import { watchSignals } from '../signals.js';

interface Options {
  seed?: string;
  output: string;
  keep: boolean;
  repeat: number;
  quiet: boolean;
  reporter: string[];
  json: boolean;
}

export const run = (program: Command): Command =>
  program
    .command('run')
    .summary('rehearse the scenarios and judge their objectives')
    .description("Starts each scenario's cluster, injects its faults, measures the recovery and judges the objectives.")
    .argument('<files...>', 'scenario files, run one after another')
    .option('--seed <text>', 'repeat a run: the same seed draws the same targets, keys and node ids')
    .option('-o, --output <folder>', 'where run folders go', process.env.REDRILL_OUTPUT ?? 'reports')
    .option('--repeat <n>', 'run each scenario n times, each time with another seed', positive, 1)
    .option('--keep', 'leave the cluster running afterwards, until `redrill clean`', false)
    .option('--reporter <name>', 'add a reporter: github (added by itself in GitHub Actions)', collect, [])
    .option('-q, --quiet', 'no progress, only results', false)
    .option('--json', 'print the results as JSON', false)
    .action(async (files: string[], options: Options) => {
      const interruption = watchSignals();
      const { loadFiles } = await import('../../scenarios/load.js');
      const { repeatedPlans } = await import('../../scenarios/plan.js');
      const plans = repeatedPlans(await loadFiles(files), options);

      const { describeOutcome, exitStatusOf, runAll } = await import('../../scenarios/suite.js');
      const { renderConsole } = await import('../../report/console.js');
      const outcomes = await runAll(plans, {
        signal: interruption.signal,
        reportsDir: options.output,
        keep: options.keep,
        progress: (plan) => progressFor(plan.scenario.name, options.quiet),
        onOutcome: (outcome) => {
          if (outcome.error) say(describeOutcome(outcome) + (outcome.error.hint ? `\n  ${outcome.error.hint}` : ''));
          if (options.json || !outcome.run) return;
          print(
            renderConsole(outcome.run.result, { stream: process.stdout, page: `${outcome.run.folder}/index.html` }),
          );
        },
      });

      if (options.json)
        printJson(
          outcomes.map(({ plan, verdict, run, error }) => ({
            scenario: plan.scenario.name,
            seed: plan.seed,
            verdict,
            ...(run && { folder: run.folder, result: run.result }),
            ...(error && { error: error.message }),
          })),
        );
      else if (plans.length > 1)
        print(['Overview', ...outcomes.map((outcome) => `  ${describeOutcome(outcome)}`)].join('\n'));
      if (options.reporter.includes('github') || process.env.GITHUB_ACTIONS === 'true') {
        const { githubAnnotations } = await import('../../report/annotations.js');
        // GitHub reads workflow commands from either stream: stdout may have to stay JSON.
        say(githubAnnotations(outcomes.flatMap(({ run }) => (run ? [run.result] : []))).join('\n'));
      }
      process.exitCode = interruption.status() ?? exitStatusOf(outcomes, plans.length);
    });

function positive(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1 || n > 1000)
    throw new InvalidArgumentError('a whole number from 1 to 1000 is expected.');
  return n;
}

const collect = (name: string, names: string[]): string[] => {
  if (name !== 'github') throw new InvalidArgumentError('known reporters: github.');
  return [...names, name];
};

import { join } from 'node:path';
import type { Command } from 'commander';
import { reportFailure } from '../failure.js';
import { positive, repeatable, reporter, useOption } from '../options.js';
import { print, printJson, say } from '../output.js';
import { progressFor } from '../progress.js';
import { watchSignals } from '../signals.js';

interface Options {
  seed?: string;
  output: string;
  keep?: true;
  repeat: number;
  quiet?: true;
  reporter?: string[];
  only?: string[];
  json?: true;
}

export const run = (program: Command): Command =>
  program
    .command('run')
    .summary('rehearse the scenarios and judge their objectives')
    .description("Starts each scenario's nodes, injects its faults, measures the recovery and judges the objectives.")
    .argument('<files...>', 'scenario files, or names that `redrill list` shows; run one after another')
    .option('--seed <text>', 'repeat a run: the same seed draws the same targets and node ids')
    .option('-o, --output <folder>', 'where run folders go', process.env.REDRILL_OUTPUT ?? 'reports')
    .option('--repeat <n>', 'run each scenario n times, each time with another seed', positive, 1)
    .option('--keep', 'leave the containers running, until `redrill clean --all`')
    .option('--reporter <name>', 'add a reporter: github (added by itself in GitHub Actions)', reporter)
    .option('-q, --quiet', 'no progress, only results')
    .option('--json', 'print the results as JSON')
    .option('--only <name>', 'only the scenario of this name, where a file makes several; repeatable', repeatable)
    .option(...useOption)
    .action(async (files: string[], options: Options) => {
      const interruption = watchSignals();
      const { loadNamed } = await import('../../scenarios/catalogue.js');
      const { only } = await import('../../scenarios/load.js');
      const { repeatedPlans } = await import('../../scenarios/plan.js');
      const plans = repeatedPlans(only(await loadNamed(files), options.only ?? []), options);

      const {
        describeOutcome,
        describeUnrun,
        exitStatusOf,
        isBug,
        overviewLines,
        resultsOf,
        runAll,
        suiteJson,
        writeOverview,
      } = await import('../../drill/suite.js');
      const { compare, comparisonText, renderConsole } = await import('../../report/index.js');
      const suite = await runAll(plans, {
        signal: interruption.signal,
        reportsDir: options.output,
        keep: options.keep === true,
        progress: (plan) => progressFor(plan.scenario.name, options.quiet === true),
        onOutcome: ({ run, ...outcome }) => {
          if (isBug(outcome)) reportFailure(outcome.error?.cause);
          else if (!run) say([describeOutcome(outcome), outcome.error?.hint].filter(Boolean).join('\n  '));
          else if (!options.json)
            print(renderConsole(run.result, { stream: process.stdout, page: join(run.folder, 'index.html') }));
        },
      });

      const { outcomes, unrun } = suite;
      process.exitCode = interruption.status() ?? exitStatusOf(outcomes, plans.length);
      if (options.json) printJson(suiteJson(suite));
      if (plans.length > 1) {
        const page = await writeOverview(suite, options.output);
        if (!options.json)
          print(
            [
              'Overview',
              ...overviewLines(suite).map((line) => `  ${line}`),
              `  ${page}`,
              ...compare(resultsOf(outcomes)).map((comparison) => `\n${comparisonText(comparison)}`),
            ].join('\n'),
          );
      }
      if (options.keep) say('the containers are still running; `redrill clean --all` removes them');
      if (options.reporter?.includes('github') || process.env.GITHUB_ACTIONS === 'true') {
        const { reportToGithub } = await import('../github.js');
        await reportToGithub(resultsOf(outcomes), unrun && describeUnrun(unrun));
      }
    });

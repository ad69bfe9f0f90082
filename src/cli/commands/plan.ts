import type { Command } from 'commander';
import { repeatable, useOption } from '../options.js';
import { print, printJson } from '../output.js';

export const plan = (program: Command): Command =>
  program
    .command('plan')
    .summary('show what a run would do, and start nothing')
    .description(
      "Prints what would be started, what happens when, what the server's own rules predict and what must hold. Starts nothing.",
    )
    .argument('<files...>', 'scenario files, or names that `redrill list` shows')
    .option('--seed <text>', 'plan with this seed')
    .option('--only <name>', 'only the scenario of this name; repeatable', repeatable)
    .option('--json', 'print the plans as JSON')
    .option(...useOption)
    .action(
      async (files: string[], { seed, json, only: names = [] }: { seed?: string; json?: true; only?: string[] }) => {
        const { loadNamed } = await import('../../scenarios/catalogue.js');
        const { only } = await import('../../scenarios/load.js');
        const { printable, repeatedPlans } = await import('../../scenarios/plan.js');
        const plans = repeatedPlans(only(await loadNamed(files), names), { ...(seed !== undefined && { seed }) });
        if (json) return printJson(plans.map(printable));
        const { describePlan } = await import('../../scenarios/describe.js');
        print(plans.map(describePlan).join('\n'));
      },
    );

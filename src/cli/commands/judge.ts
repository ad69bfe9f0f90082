import type { Command } from 'commander';
import { repeatable, useOption } from '../options.js';
import { print, printJson } from '../output.js';

export const judge = (program: Command): Command =>
  program
    .command('judge')
    .summary('judge a finished run again, offline')
    .description('Judges a run folder again, with its own objectives or with new ones. Changes nothing in the folder.')
    .argument('<folder>', 'run folder, for example reports/latest')
    .option('--objective <name=limit>', 'judge this instead, for example "recovery_time=< 5s"; repeatable', repeatable)
    .option('--json', 'print the result as JSON')
    .option(...useOption)
    .action(async (folder: string, { objective, json }: { objective?: string[]; json?: true }) => {
      const { rejudge } = await import('../../report/rejudge.js');
      const { statusOf } = await import('../../drill/suite.js');
      const { result } = await rejudge(folder, objective);
      process.exitCode = statusOf(result);
      if (json) printJson(result);
      else {
        const { renderConsole } = await import('../../report/index.js');
        print(renderConsole(result, { stream: process.stdout }));
      }
    });

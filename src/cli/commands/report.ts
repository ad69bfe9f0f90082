import { join } from 'node:path';
import type { Command } from 'commander';
import { useOption } from '../options.js';
import { print, printJson } from '../output.js';

export const report = (program: Command): Command =>
  program
    .command('report')
    .summary('write the reports of a finished run again')
    .description('Writes index.html, junit.xml, result.json and summary.md of a run folder again from its recording.')
    .argument('<folder>', 'run folder, for example reports/latest')
    .option('--json', 'print the result as JSON')
    .option(...useOption)
    .action(async (folder: string, { json }: { json?: true }) => {
      const { rejudge } = await import('../../report/rejudge.js');
      const { rewrites, writeReports } = await import('../../report/index.js');
      const input = await rejudge(folder, [], { rewritten: rewrites });
      await writeReports(folder, input);
      process.exitCode = 0;
      if (json) return printJson(input.result);
      const { renderConsole } = await import('../../report/index.js');
      print(renderConsole(input.result, { stream: process.stdout, page: join(folder, 'index.html') }));
    });

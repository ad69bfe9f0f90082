import type { Command } from 'commander';
import { useOption } from '../options.js';
import { print, printJson } from '../output.js';

export const validate = (program: Command): Command =>
  program
    .command('validate')
    .summary('check scenario files, and start nothing')
    .description('Checks scenario files and shows every problem with its place.')
    .argument('<files...>', 'scenario files')
    .option('--json', 'print the findings as JSON')
    .option(...useOption)
    .action(async (files: string[], { json }: { json?: true }) => {
      const { loadEach } = await import('../../scenarios/load.js');
      const loaded = await loadEach(files);
      const problems = loaded.flatMap((one) => one.problems);
      process.exitCode = problems.length === 0 ? 0 : 64;
      if (json) {
        const found = loaded.map((one) => ({
          file: one.file,
          scenarios: one.scenarios.map(({ name }) => name),
          problems: one.problems,
        }));
        printJson({ valid: problems.length === 0, files: found });
        return;
      }
      for (const { file, scenarios } of loaded)
        if (scenarios.length > 0) print(`${file}: valid, ${scenarios.map(({ name }) => name).join(', ')}`);
      if (problems.length === 0) return;
      const { InvalidScenario } = await import('../../scenarios/problems.js');
      throw new InvalidScenario(problems);
    });

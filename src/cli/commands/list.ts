import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { columns } from '../../core/columns.js';
import { useOption } from '../options.js';
import { markdownTable, print, printJson, say } from '../output.js';

export const list = (program: Command): Command =>
  program
    .command('list')
    .summary('list the scenarios in files and folders')
    .description('Lists scenarios with their severity and handbook sections.')
    .argument(
      '[paths...]',
      'scenario files, or folders of them (default: ./scenarios, else the catalogue that comes with redrill)',
    )
    .option('--tag <tag>', 'only scenarios with this tag')
    .option('--markdown', 'print a table for the docs, a row for each file')
    .option('--json', 'print the list as JSON')
    .option(...useOption)
    .action(async (paths: string[], { json, markdown, tag }: { json?: true; markdown?: true; tag?: string }) => {
      const { loadCatalogue } = await import('../../scenarios/catalogue.js');
      const loaded = await loadCatalogue(paths);
      const scenarios = loaded
        .flatMap((one) => one.scenarios)
        .filter(({ tags }) => tag === undefined || tags.includes(tag));
      const bad = loaded.filter(({ problems }) => problems.length > 0);
      if (json)
        printJson(
          scenarios.map(({ name, title, file, severity, handbook, tags }) => ({
            name,
            title,
            file,
            severity,
            handbook,
            tags,
          })),
        );
      else if (markdown) {
        const first = [...new Map([...scenarios].reverse().map((scenario) => [scenario.file, scenario])).values()];
        print(
          markdownTable(
            ['scenario', 'what it rehearses', 'severity', 'handbook'],
            first
              .reverse()
              .map(({ file = '', title, severity, handbook }) => [
                `[${basename(file, extname(file))}](../scenarios/${basename(file)})`,
                title.replace(/ \([^)]*\)$/, ''),
                severity ?? '',
                handbook.join(', '),
              ]),
          ),
        );
      } else if (scenarios.length > 0)
        print(
          columns(
            scenarios.map(({ name, severity, title, handbook, file }) => [
              name,
              severity ?? '-',
              title,
              handbook.join(', '),
              file ?? '',
            ]),
          ),
        );
      for (const { file, problems } of bad) {
        const more = problems.length > 1 ? ` (and ${problems.length - 1} more: \`redrill validate ${file}\`)` : '';
        say(`${file}: ${problems[0]!.message}${more}`);
      }
      if (bad.length > 0) process.exitCode = 64;
    });

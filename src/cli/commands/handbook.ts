import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import type { Scenario } from '../../scenarios/types.js';
import { markdownTable, print } from '../output.js';

export const handbook = (program: Command): Command =>
  program
    .command('handbook')
    .summary('what rehearses each section of the failure handbook')
    .description(
      'Lists the sections of the failure handbook with the faults, procedures, objectives and drills for each.',
    )
    .option('--markdown', 'print tables for the docs')
    .action(async ({ markdown }: { markdown?: true }) => {
      const { loadCatalogue } = await import('../../scenarios/catalogue.js');
      const { drillsWith, mapHandbook } = await import('../../scenarios/handbook.js');
      const catalogue = (await loadCatalogue([])).flatMap(({ scenarios }) => scenarios);
      const mapped = mapHandbook(catalogue);
      if (!markdown) {
        for (const { number, title, faults, procedures, objectives, scenarios, also } of mapped) {
          print(`${number}  ${title}`);
          const named = [...faults, ...procedures, ...objectives, ...scenarios.map(({ name }) => name)];
          print(`    ${[...named, ...(also ? [plain(also)] : [])].join(', ')}`);
        }
        return;
      }
      const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');
      print(
        markdownTable(
          ['section', '', 'faults', 'procedures', 'objectives', 'drills', 'also'],
          mapped.map(({ number, title, faults, procedures, objectives, scenarios, also = '' }) => [
            number,
            title,
            code(faults),
            code(procedures),
            code(objectives),
            links(scenarios),
            also,
          ]),
        ),
      );
      for (const { number, title, bullets = [] } of mapped) {
        if (bullets.length === 0) continue;
        print(`\n## ${number} ${title}, failure by failure\n`);
        print(
          markdownTable(
            ['failure', 'faults', 'drills'],
            bullets.map(({ text, faults, how }) => [
              text,
              `${code(faults)}${how ? `, ${how}` : ''}`,
              links(faults.flatMap((fault) => drillsWith(fault, catalogue))),
            ]),
          ),
        );
      }
    });

/** A link for each file, once. */
const links = (scenarios: readonly Scenario[]): string =>
  [...new Set(scenarios.flatMap(({ file }) => file ?? []))]
    .map((file) => `[${basename(file, extname(file))}](../scenarios/${basename(file)})`)
    .join(', ');

const plain = (text: string): string => text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');

import type { Command } from 'commander';
import { columns } from '../../core/columns.js';
import { paint, print, printJson, say } from '../output.js';

const marks = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

export const doctor = (program: Command): Command =>
  program
    .command('doctor')
    .summary('check what this machine can do')
    .description('Checks the engine, images, kernel abilities, memory and clock. Changes nothing.')
    .argument('[images...]', 'images to look for (default: those of the scenarios here)')
    .option('--json', 'print the checks as JSON')
    .action(async (images: string[], { json }: { json?: true }) => {
      const { checkImageName } = await import('../../fleet/image-name.js');
      images.forEach(checkImageName);
      const { imagesOf } = await import('../../scenarios/catalogue.js');
      const { diagnose } = await import('../../fleet/index.js');
      const checks = await diagnose(images.length > 0 ? images : await imagesOf([]));
      process.exitCode = checks.some(({ status }) => status === 'fail') ? 2 : 0;
      if (json) printJson(checks);
      else
        print(
          columns(checks.map(({ name, status, detail }) => [paint(marks[status], status.padEnd(4)), name, detail])),
        );
      for (const { name, hint } of checks) if (hint && !json) say(`${name}: ${hint}`);
    });

import type { Command } from 'commander';
import { printJson } from '../output.js';

export const schema = (program: Command): Command =>
  program
    .command('schema')
    .summary('print the JSON Schema of scenario files')
    .description('Prints the JSON Schema (draft-07) of scenario files, for editors.')
    .action(async () => {
      const { jsonSchema } = await import('../../scenarios/schema.js');
      printJson(jsonSchema());
    });

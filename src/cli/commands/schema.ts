import { Argument, type Command } from 'commander';
import { useOption } from '../options.js';
import { printJson } from '../output.js';

const schemas = {
  scenario: async () => (await import('../../scenarios/published-schema.js')).jsonSchema(),
  result: async () => (await import('../../report/index.js')).resultJsonSchema(),
};

export const schema = (program: Command): Command =>
  program
    .command('schema')
    .summary('print the JSON Schema of scenario files or results')
    .description('Prints the JSON Schema (draft-07) of scenario files, for editors, or of result.json.')
    .addArgument(new Argument('[what]', 'which schema').choices(Object.keys(schemas)).default('scenario'))
    .option(...useOption)
    .action(async (what: keyof typeof schemas) => printJson(await schemas[what]()));

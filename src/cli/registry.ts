/** `redrill faults`, `procedures` and `objectives` are the same command over three registries. */
import type { Command } from 'commander';
import { columns } from '../core/columns.js';
import { RedrillError } from '../core/errors.js';
import { nearest } from '../core/nearest.js';
import type { Item } from '../scenarios/describe-registry.js';
import { useOption } from './options.js';
import { markdownTable, print, printJson } from './output.js';

interface Options {
  json?: true;
  markdown?: true;
}

export function registryCommand(program: Command, noun: string, summary: string, load: () => Promise<Item[]>): Command {
  return program
    .command(`${noun}s`)
    .summary(summary)
    .description(`Lists every ${noun}, or shows one with its parameters.`)
    .argument('[name]', `show this ${noun}`)
    .option('--markdown', 'print a table for the docs')
    .option('--json', 'print JSON')
    .option(...useOption)
    .action(async (name: string | undefined, { json, markdown }: Options) => {
      const all = await load();
      const items = name === undefined ? all : [find(all, noun, name)];
      if (json) return printJson(name === undefined ? items : items[0]);
      if (markdown) return print(markdownOf(items));
      print(name === undefined ? columns(items.map((item) => [item.name, item.summary])) : await details(items[0]!));
    });
}

function find(items: Item[], noun: string, name: string): Item {
  const found = items.find((item) => item.name === name);
  if (found) return found;
  const names = items.map((item) => item.name);
  const near = nearest(name, names);
  throw new RedrillError('USAGE', `unknown ${noun} "${name}".${near ? ` Did you mean "${near}"?` : ''}`, {
    hint: `Known: ${names.join(', ')}`,
  });
}

async function details({ name, summary, handbook, params, facts, example }: Item): Promise<string> {
  const { stringify } = await import('yaml');
  const rows = params.map((param) => [
    `  ${param.name}`,
    param.type,
    param.required ? 'required' : param.default === undefined ? 'optional' : `default ${text(param.default)}`,
    param.description,
  ]);
  return [
    `${name}: ${summary}`,
    ...Object.entries(facts).map(([fact, value]) => `${fact}: ${value}`),
    ...(handbook.length > 0 ? [`handbook: ${handbook.join(', ')}`] : []),
    ...(rows.length > 0 ? ['', 'Parameters', ...columns(rows)] : []),
    ...(example ? ['', 'Example', ...indented(stringify(example))] : []),
  ].join('\n');
}

const indented = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);

/** One table, or one for each group under a heading of its own. */
function markdownOf(all: Item[]): string {
  const groups = [...new Set(all.map(({ group }) => group))];
  return groups
    .map((group) => {
      const table = tableOf(all.filter((item) => item.group === group));
      return group === undefined ? table : `### ${group}\n\n${table}`;
    })
    .join('\n\n');
}

function tableOf(items: Item[]): string {
  const facts = Object.keys(items[0]?.facts ?? {});
  const withParams = items.some(({ params }) => params.length > 0);
  const rows = items.map((item) => [
    `\`${item.name}\``,
    item.summary,
    ...facts.map((fact) => item.facts[fact] ?? ''),
    ...(withParams
      ? [
          item.params
            .map(
              (param) =>
                `\`${param.name}\`${param.default === undefined ? '' : ` (${text(param.default)})`}: ${param.description}`,
            )
            .join('; '),
        ]
      : []),
    item.handbook.join(', '),
  ]);
  return markdownTable(['name', 'what it does', ...facts, ...(withParams ? ['parameters'] : []), 'handbook'], rows);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

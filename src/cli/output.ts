/** Results go to stdout, everything else to stderr: `redrill … --json | jq` must always work. */
import { styleText } from 'node:util';
import { asciiControls, forTerminal } from '../core/harmless.js';

const line = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

/** Whatever stands in it was written by servers and scenario files too. */
export const print = (text: string | readonly string[]): void => {
  process.stdout.write(line(forTerminal(typeof text === 'string' ? text : text.join('\n'))));
};

export const printJson = (value: unknown): void => {
  process.stdout.write(line(asciiControls(JSON.stringify(value, null, 2))));
};

export const say = (text: string): void => {
  process.stderr.write(line(forTerminal(text)));
};

/** A line that a CI system is meant to carry out, made of parts that were made harmless for it. */
export const command = (text: string): void => {
  process.stderr.write(line(text));
};

type Style = Parameters<typeof styleText>[0];

/** Colour where the stream is a terminal and neither NO_COLOR nor --no-color forbids it. */
export const paint = (style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styleText(style, text, { stream });

/** Do animations make sense on stderr? */
export const animated = (): boolean => process.stderr.isTTY === true && !process.env.CI && process.env.TERM !== 'dumb';

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/\|/g, '\\|').replace(/\s+/g, ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

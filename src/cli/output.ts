/** Results go to stdout, everything else to stderr: `redrill … --json | jq` must always work. */
import { styleText } from 'node:util';

export const print = (text: string | readonly string[]): void => {
  const whole = typeof text === 'string' ? text : text.join('\n');
  process.stdout.write(whole.endsWith('\n') ? whole : `${whole}\n`);
};

export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

export const say = (text: string): void => {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
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

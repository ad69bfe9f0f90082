/**
 * Text that somebody else wrote (servers, scenario files) on its way out. It may hold what a terminal, a CI system or a
 * reader's eye would obey; what is left of it is the words. Each kind of output adds its own escaping behind this.
 */

const control = String.raw`\u0000-\u001f\u007f-\u009f`;
/** CSI, the strings (OSC, DCS, SOS, PM, APC) up to their end or that of the line, and the short ones, each also in its one-byte form. */
const sequences = new RegExp(
  [
    String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?`,
    String.raw`(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?`,
    String.raw`\u001b[ -/]*[0-~]?`,
  ].join('|'),
  'g',
);
/** What turns the direction of writing, what hides, and halves of characters. */
const unseen =
  /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;
const controls = new RegExp(`[${control}]`, 'g');

/** Lines stay lines, and tabs tabs; nothing else is left that is not a character one sees. */
export const harmless = (text: string): string =>
  text
    .replace(sequences, '')
    .replace(/\r\n?|[\v\f\x85\u2028\u2029]/g, '\n')
    .replace(controls, (c) => (c === '\n' || c === '\t' ? c : ''))
    .replace(unseen, '');

/** What belongs on one line stays on it. */
export const oneLine = (text: string): string => harmless(text).replace(/\s*[\n\t]\s*/g, ' ');

/**
 * CI systems carry out lines of a log that look like their commands: "::error ::…" (GitHub, at the beginning of a line),
 * "##[…]", "##vso[…]", "##teamcity[…]" (anywhere).
 */
export const noCommands = (text: string): string =>
  text.replace(atLineStart, '$1: ').replace(/##(?=(?:vso|teamcity)?\[)/g, '## ');
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours may stand before it
const atLineStart = /^((?:\s|\u001b\[[0-9;]*m)*):(?=:)/gm;

/** For a terminal or the log of a CI job. Colours are left: they are ours, and cannot do harm. */
export const forTerminal = (text: string): string =>
  noCommands(
    text
      .split(colours)
      .map((part, i) => (i % 2 === 1 ? part : harmless(part)))
      .join(''),
  );
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
const colours = /(\u001b\[[0-9;]*m)/;

/** The same value in JSON, with escapes for what a terminal would obey or an eye not see. */
export const asciiControls = (json: string): string =>
  json.replace(new RegExp(`[\\u007f-\\u009f]|${unseen.source}`, 'gu'), (c) =>
    [...Array(c.length).keys()].map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );

/** Every text in plain data. */
export function harmlessIn<T>(value: T): T {
  if (typeof value === 'string') return harmless(value) as T;
  if (Array.isArray(value)) return value.map(harmlessIn) as T;
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [harmless(key), harmlessIn(item)])) as T;
}

/** The summary at the end of a run, on stdout. */
import { styleText } from 'node:util';
import { type Dress, plain, storyText } from './story.js';
import type { Result } from './types.js';

interface Options {
  /** Where it will be printed: a stream that is no terminal, or NO_COLOR, gives plain text. */
  stream?: NodeJS.WritableStream;
  /** The page to open; left out when no report was written. */
  page?: string;
  platform?: NodeJS.Platform;
}

// One name each: given a list of styles, Node 20 forgets to ask the stream whether it wants colour.
const styles = {
  title: 'bold',
  pass: 'green',
  fail: 'red',
  inconclusive: 'yellow',
  skipped: 'dim',
  muted: 'dim',
} as const;

const colours =
  (stream: NodeJS.WritableStream): Dress =>
  (tone, text) =>
    tone === 'plain' || text === '' ? text : styleText(styles[tone], text, { stream });

export function renderConsole(result: Result, { stream, page, platform = process.platform }: Options = {}): string {
  const dress: Dress = stream ? colours(stream) : plain;
  const text = storyText(result, dress);
  return page === undefined ? `${text}\n` : `${text}\nReport: ${page}\n  ${dress('muted', opener(page, platform))}\n`;
}

function opener(page: string, platform: NodeJS.Platform): string {
  const word = /\s/.test(page) ? `"${page}"` : page;
  return platform === 'darwin' ? `open ${word}` : platform === 'win32' ? `start "" ${word}` : `xdg-open ${word}`;
}

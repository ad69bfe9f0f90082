/** From settings to the lines of a configuration file, and such a file with other settings. */
import { linesFor, type Settings } from './settings.js';

/** Several names of one setting: which of them a server writes into its file is its own choice. */
const alias = (name: string): string => name.toLowerCase().replace(/\b(slave|master)(?=s?\b)/g, (word) => old[word]!);
const old: Record<string, string> = { slave: 'replica', master: 'primary' };

/** Before Redis 7.0 a line holds no more than one save point, or the limit of one class of clients. */
const partsOf = (key: string, line: string): string[] => {
  const words = line.split(/\s+/).filter(Boolean);
  if (key === 'save') return /\d/.test(line) ? chunks(words, 2) : ['""'];
  return key === 'client-output-buffer-limit' ? chunks(words, 4) : [line];
};

const chunks = (words: readonly string[], size: number): string[] =>
  Array.from({ length: Math.ceil(words.length / size) }, (_, i) => words.slice(i * size, (i + 1) * size).join(' '));

export const directives = (settings: Settings): string[] =>
  Object.entries(settings).flatMap(([key, value]) =>
    linesFor(value)
      .flatMap((line) => partsOf(key, line))
      .map((part) => `${key} ${part}`),
  );

/** The file with these settings instead of the same ones that it has. */
export function withSettings(file: string, settings: Settings): string {
  const changed = new Set(Object.keys(settings).map(alias));
  const kept = file.split('\n').filter((line) => !changed.has(alias(/^\s*(\S*)/.exec(line)![1]!)));
  return `${[...kept.join('\n').trimEnd().split('\n'), ...directives(settings)].join('\n')}\n`;
}

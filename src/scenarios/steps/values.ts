/** `${name}`: what a step saved, put into the texts of later ones. `$${name}` is the text itself. */

const reference = /\$?\$\{([^{}]*)\}/g;

/** Words may be broken into lines in the file, and never in a report. */
export const oneLine = (words: string): string => words.trim().replace(/\s+/g, ' ');

export type Values = ReadonlyMap<string, string>;

export const valueName = /^[a-z][a-z0-9_-]*$/i;

/** A value that no step has saved, at least not yet. */
export class NotSaved extends Error {
  override readonly name = 'NotSaved';
}

/** Puts something in the place of each reference; `use` may leave one as it is by answering undefined. */
export const replaceNames = (text: string, use: (name: string) => string | undefined): string =>
  text.replace(reference, (written, name: string) => (written.startsWith('$$') ? written : (use(name) ?? written)));

export function namesIn(text: string): string[] {
  const names: string[] = [];
  replaceNames(text, (name) => void names.push(name));
  return names;
}

/** @throws NotSaved naming the value that is missing. */
export function fill(text: string, values: Values): string {
  const filled = replaceNames(text, (name) => {
    const value = values.get(name);
    if (value === undefined) throw new NotSaved(`no step has saved "${name}"`);
    // A value is data: what looks like a reference in it stays as it is.
    return value.replaceAll('${', () => '$${');
  });
  return filled.replaceAll('$${', () => '${');
}

/** Regular expressions of a scenario: checked when the file is loaded, kept as plain data. */
import { fill, namesIn, replaceNames, type Values } from './values.js';

export interface Regex {
  pattern: string;
  flags: string;
}

/** @throws with the exact wording of what is wrong. */
export function checkedRegex(pattern: string, flags: string): Regex {
  // g and y make RegExp.test stateful: the second line that matches would be missed.
  if (/[gy]/.test(flags)) throw new Error(`/${pattern}/${flags}: the flags g and y have no meaning here`);
  try {
    // A saved value will stand as plain text where its name stands.
    new RegExp(
      replaceNames(pattern, () => 'x'),
      flags,
    );
  } catch (error) {
    throw new Error(
      `/${pattern}/${flags} is not a regular expression: ${(error as Error).message.replace(/^.*: /s, '')}`,
    );
  }
  return { pattern, flags };
}

/** `/text/i`, or the text alone. */
export function writtenRegex(text: string): Regex {
  const [, pattern, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  return checkedRegex(pattern ?? text, flags ?? '');
}

/** Does it match whatever comes? "x*" finds nothing in any text, and finds it everywhere. */
export function always({ pattern, flags }: Regex): boolean {
  if (namesIn(pattern).length > 0) return false;
  const regex = new RegExp(pattern, flags);
  return ['', '\u0001', '~ 0 Q'].every((text) => regex.test(text));
}

/** What stands in a regular expression for a saved value is that text, not a pattern. */
export const filledRegex = ({ pattern, flags }: Regex, values: Values): RegExp =>
  new RegExp(
    replaceNames(pattern, (name) => fill(`\${${name}}`, values).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')),
    flags,
  );

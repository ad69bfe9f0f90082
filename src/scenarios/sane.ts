/**
 * What no scenario can mean, wherever it stands: looked for in the data as it was read, before schemas that would drop it or change
 * it without a word, or recurse into it without an end.
 */
import type { Complaint, Path } from './problems.js';

/** Levels of lists and maps; more than steps within steps ever need. */
const DEEPEST = 100;

export interface Unfit {
  complaints: Complaint[];
  /** Nothing else can be said of it. */
  hopeless: boolean;
}

/** Texts that are sent or compared may hold anything: they are shown with their control characters written out. */
const verbatim = new Set(['run', 'reply', 'error', 'find', 'item', 'field', 'password']);

export function unfitIn(data: unknown): Unfit {
  const found: Unfit = { complaints: [], hopeless: false };
  const open = new Set<object>();
  const known = new Set<object>();
  const give = (complaint: Complaint): void => void found.complaints.push(complaint);
  /** Why nothing within can be looked at. */
  const endless = (value: object, path: Path): Complaint | undefined =>
    open.has(value)
      ? { path, message: 'an alias stands within what it stands for: it has no end' }
      : path.length > DEEPEST
        ? { path: path.slice(0, 10), message: 'is nested too deeply' }
        : undefined;
  const look = (value: unknown, path: Path, free: boolean): void => {
    if (typeof value === 'number') {
      const message = ofNumber(value);
      if (message !== undefined) give({ path, message });
    } else if (typeof value === 'string') {
      const message = free ? undefined : ofText(value);
      if (message !== undefined) give({ path, message });
    }
    if (typeof value !== 'object' || value === null || found.hopeless) return;
    const problem = endless(value, path);
    if (problem) {
      give(problem);
      found.hopeless = true;
    }
    if (problem || known.has(value)) return;
    open.add(value);
    known.add(value);
    if (Array.isArray(value)) for (const [i, item] of value.entries()) look(item, [...path, i], free);
    else
      for (const [key, item] of Object.entries(value)) {
        if (key.startsWith('x-')) continue;
        if (key === '__proto__') give({ path: [...path, key], message: `no key can be named "${key}"`, atKey: true });
        look(item, [...path, key], free || verbatim.has(key));
      }
    open.delete(value);
  };
  look(data, [], false);
  return found;
}

/** A YAML number has 53 bits: what has more would be sent, or compared, as another one. */
function ofNumber(value: number): string | undefined {
  if (!Number.isFinite(value)) return `${value} is not a number that anything can be set to`;
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? 'a number of so many digits is not kept exactly; put it in quotes'
    : undefined;
}

/** Line breaks and tabs are left to each field. */
const ofText = (text: string): string | undefined =>
  /[^\P{Cc}\n\r\t]/u.test(text)
    ? 'a control character stands in this text'
    : /[\u2028-\u202e\u2066-\u2069]/.test(text)
      ? 'a character that turns the direction of writing stands in this text'
      : undefined;

/** Takes what is secret out of texts, by its value, in every form in which programs write a value down. */
import { createHash } from 'node:crypto';

const HIDDEN = '***';

/** Anything shorter is a part of other words, and is hidden where it stands alone. */
const SHORT = 6;
/** From this many bytes on a secret is looked for inside a longer base64 text, like that of "user:password". */
const LONG = 8;

export type Mask = (text: string) => string;

/** @param secrets may grow later: what is masked then is masked with all of them. */
export function maskOf(secrets: readonly string[] | (() => readonly string[])): Mask {
  let known = 0;
  let pattern: RegExp | undefined;
  return (text) => {
    const now = typeof secrets === 'function' ? secrets() : secrets;
    if (now.length !== known) {
      known = now.length;
      pattern = patternOf(now);
    }
    return pattern ? text.replace(pattern, HIDDEN) : text;
  };
}

/** Every text in plain data; what stands under one of the keys to keep stays as it is. */
export function masked<T>(value: T, mask: Mask, keep: ReadonlySet<string> = new Set()): T {
  if (typeof value === 'string') return mask(value) as T;
  if (Array.isArray(value)) return value.map((item) => masked(item, mask, keep)) as T;
  if (value === null || typeof value !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(value)))
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [mask(key), keep.has(key) ? item : masked(item, mask, keep)]),
  ) as T;
}

function patternOf(secrets: readonly string[]): RegExp | undefined {
  const forms = new Set(secrets.filter((secret) => secret !== '').flatMap(formsOf));
  if (forms.size === 0) return undefined;
  // The longest first: a secret may be a part of another.
  const words = [...forms].sort((a, b) => b.length - a.length).map(boundedWhenShort);
  return new RegExp(words.join('|'), 'g');
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

function boundedWhenShort(form: string): string {
  const word = escaped(form);
  return form.length < SHORT ? `(?<![A-Za-z0-9])${word}(?![A-Za-z0-9])` : word;
}

/** Exported for its test. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret);
  // What servers show of a password: ACL LIST, ACL GETUSER.
  const sum = createHash('sha256').update(bytes).digest('hex');
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    // A configuration file, a shell, a server's log.
    secret.replace(/["\\]/g, '\\$&'),
    secret.replaceAll("'", "'\\''"),
    asServersPrint(bytes),
    url,
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    url.replaceAll('%20', '+'),
    encodeURI(secret),
    ...[sum, bytes.toString('hex')].flatMap((hex) => [hex, hex.toUpperCase()]),
    ...base64(bytes),
  ];
}

/** As sdscatrepr does it: what is not printable ASCII is written as \xNN. */
const asServersPrint = (bytes: Buffer): string =>
  [...bytes]
    .map((byte) => {
      const c = String.fromCharCode(byte);
      if (c === '"' || c === '\\') return `\\${c}`;
      return byte >= 0x20 && byte < 0x7f ? c : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');

/** Whole, and as a part of something longer: what then does not depend on its neighbours, for each of three alignments. */
function base64(bytes: Buffer): string[] {
  const inside = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const first = [0, 2, 3][before]!;
    const rest = (before + bytes.length) % 3;
    return text.slice(first, text.length - [0, 3, 2][rest]!);
  });
  const all = bytes.length >= LONG ? inside : [];
  const standard = [bytes.toString('base64'), bytes.toString('base64').replace(/=+$/, ''), ...all];
  return standard.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
}

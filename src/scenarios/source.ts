/** A YAML file as text, as data and as places: which line and column a value of the data stands at. */
import { readFile, stat } from 'node:fs/promises';
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import { messageOf } from '../core/errors.js';
import { formatDuration, formatSize } from '../core/units.js';
import { type Complaint, type Path, type Problem, showPath } from './problems.js';

const SIZE_LIMIT = 256 * 1024;
/** Enough for any honest use of anchors; an alias bomb needs thousands. */
const ALIASES = 100;

export interface Source {
  file: string;
  data: unknown;
  /** Puts a complaint at its place; a missing value at the map it is missing from. */
  place(complaint: Complaint): Problem;
  /** The value's own place, if the file itself has it. */
  has(path: Path): boolean;
}

const refused = (file: string, message: string): Problem[] => [{ file, path: '', message }];

/**
 * ms. A file system that does not answer (a dead mount, FUSE) must not keep redrill waiting. It is counted in ticks: while this
 * process itself is busy with other files no time passes.
 */
const PATIENCE = 5000;
const TICK = 100;

async function answered<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    let left = PATIENCE / TICK;
    timer = setInterval(() => {
      if (--left <= 0) reject(new Error(`no answer within ${formatDuration(PATIENCE)}`));
    }, TICK);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearInterval(timer);
  }
}

/** The file's text, or why it can't be a scenario. Cheap for a huge file: its size is looked at first. */
export async function readText(file: string): Promise<string | Problem[]> {
  let bytes: Buffer | Problem[];
  try {
    bytes = await answered(bytesOf(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refused(
      file,
      code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'may not be read' : `can't be read: ${messageOf(error)}`,
    );
  }
  if (Array.isArray(bytes)) return bytes;
  if (bytes.includes(0)) return refused(file, 'is not a text file');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.trim() === '' ? refused(file, 'is empty') : text;
  } catch {
    return refused(file, 'is not a text file (not UTF-8)');
  }
}

async function bytesOf(file: string): Promise<Buffer | Problem[]> {
  const info = await stat(file);
  if (info.isDirectory()) return refused(file, 'is a directory; name the scenario files in it');
  if (!info.isFile()) return refused(file, 'is not a regular file');
  // What /proc and its like hold calls itself a regular file of no size, and may wait for ever for something to read.
  if (info.size === 0) return refused(file, 'is empty');
  if (info.size > SIZE_LIMIT)
    return refused(
      file,
      `${formatSize(info.size)} is too large for a scenario file (at most ${formatSize(SIZE_LIMIT)})`,
    );
  return readFile(file);
}

export function parseYaml(file: string, text: string): Source | Problem[] {
  const lines = new LineCounter();
  const at = (from: number, to: number): Pick<Problem, 'position' | 'source'> => {
    const { line, col } = lines.linePos(from);
    const start = lines.lineStarts[line - 1] ?? 0;
    const content = (text.slice(start).match(/^[^\r\n]*/) ?? [''])[0];
    const end = Math.min(Math.max(to, from + 1) - start, content.trimEnd().length);
    return {
      position: { file, line, column: col },
      source: { text: content, from: from - start, to: Math.max(end, from - start + 1) },
    };
  };
  let doc: Document.Parsed;
  let data: unknown;
  try {
    doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: 'error' });
    if (doc.errors.length > 0) {
      const problems = doc.errors.map(
        (error): Problem => ({
          file,
          path: '',
          message: syntax(error.code, error.message, text, error.pos[0]),
          ...at(...error.pos),
        }),
      );
      // One mistake often makes the parser complain several times about a line.
      return problems.filter(
        (problem, i) =>
          problems.findIndex((p) => p.message === problem.message && p.position?.line === problem.position?.line) === i,
      );
    }
    data = doc.toJS({ maxAliasCount: ALIASES });
  } catch (error) {
    // The parser recurses: text nested thousands deep overflows its stack.
    const deep = error instanceof RangeError;
    const bomb = error instanceof ReferenceError && /alias/i.test(error.message);
    return refused(
      file,
      deep
        ? 'is nested too deeply'
        : bomb
          ? `more than ${ALIASES} aliases are resolved: refused as an alias bomb`
          : messageOf(error),
    );
  }
  const find = (path: Path): Found => walk(doc, path);
  return {
    file,
    data,
    has: (path) => find(path).exact,
    place: (complaint) => {
      const { node, key, exact } = find(complaint.path);
      const range = ((complaint.atKey || !exact) && key ? key.range : node?.range) ?? key?.range ?? [0, 1];
      // A block map's own range may end lines further down: the caret marks its first line.
      return { file, path: showPath(complaint.path), message: complaint.message, ...at(range[0], range[1]) };
    },
  };
}

/** The parser's own words, or better ones where a scenario file makes a typical mistake. */
function syntax(code: string, message: string, text: string, at: number): string {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1).split('\n')[0] ?? '';
  if (/:\s*>\s*=?\s*\d/.test(line)) return 'a text that starts with ">" must be in quotes: ">= 60%"';
  if (/call stack/i.test(message)) return 'nested too deeply';
  if (code === 'DUPLICATE_KEY') return `${/^\s*-?\s*([\w.-]+)\s*:/.exec(line)?.[1] ?? 'this key'} is written twice`;
  if (code === 'MULTIPLE_DOCS')
    return 'a second document begins here; a file holds one scenario (matrix makes several of it)';
  if (code === 'TAB_AS_INDENT') return 'a tab can not indent YAML; use spaces';
  return message.replace(/\s+/g, ' ').slice(0, 200);
}

interface Found {
  node?: Node | undefined;
  key?: Node | undefined;
  /** false: the path ended early, at the nearest value that contains it. */
  exact: boolean;
}

/** Follows a path through maps, lists, aliases and merge keys. */
function walk(doc: Document.Parsed, path: Path): Found {
  let node = resolve(doc.contents, doc);
  let key: Node | undefined;
  for (const part of path) {
    if (isSeq(node) && typeof part === 'number' && node.items[part]) {
      node = resolve(node.items[part], doc);
      key = undefined;
      continue;
    }
    const pair = isMap(node) ? pairOf(node.items, String(part), doc) : undefined;
    if (!pair) return { node, key, exact: false };
    key = pair.key as Node;
    node = resolve(pair.value, doc) ?? key;
  }
  return { node, key, exact: true };
}

const resolve = (value: unknown, doc: Document.Parsed): Node | undefined =>
  isAlias(value) ? value.resolve(doc) : ((value ?? undefined) as Node | undefined);

function pairOf(items: Pair[], key: string, doc: Document.Parsed): Pair | undefined {
  const own = items.find((pair) => isPair(pair) && isScalar(pair.key) && String(pair.key.value) === key);
  if (own) return own;
  for (const pair of items) {
    if (!isScalar(pair.key) || (pair.key.value !== '<<' && pair.key.source !== '<<')) continue;
    const merged = resolve(pair.value, doc);
    for (const map of isSeq(merged) ? merged.items.map((item) => resolve(item, doc)) : [merged]) {
      const found = isMap(map) ? pairOf(map.items, key, doc) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

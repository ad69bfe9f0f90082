/**
 * The journal of a run: one line for each intent, on disk before the effect. Whoever finds the journal of a dead run
 * knows what to undo.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { RedrillError } from '../core/errors.js';
import { makeFolder } from '../core/folder.js';
import { entryOf, type Header, type Intent } from './intents.js';

export type { Header, Intent };

export interface Journal {
  readonly path: string;
  /** Resolves when the intent is on disk. */
  note(intent: Intent): Promise<void>;
  readonly intents: readonly Intent[];
  close(): Promise<void>;
  remove(): Promise<void>;
}

export interface FoundJournal {
  path: string;
  header: Header;
  intents: Intent[];
  /** Lines that redrill does not write: nothing follows from them. */
  strange: number;
  /** Milliseconds since it was last written. */
  age: number;
}

export const stateDirectory = (): string =>
  join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'redrill');

export const journalDirectory = (): string => join(stateDirectory(), 'journal');

const pathOf = (runId: string): string => join(journalDirectory(), `${runId}.ndjson`);

export async function openJournal(header: Header): Promise<Journal> {
  const path = pathOf(header.runId);
  const intents: Intent[] = [];
  let file: FileHandle;
  try {
    await makeFolder(journalDirectory());
    file = await open(path, 'a', 0o600);
  } catch (error) {
    throw cannotWrite(path, error);
  }

  // Intents that arrive while the disk is busy share the next write: sixty containers are a handful of fsyncs.
  let waiting = '';
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const append = (line: object): Promise<void> => {
    waiting += `${JSON.stringify(line)}\n`;
    next ??= last
      .catch(() => {})
      .then(async () => {
        const text = waiting;
        waiting = '';
        last = next!;
        next = undefined;
        await file.appendFile(text);
        await file.datasync();
      })
      .catch((error) => {
        throw cannotWrite(path, error);
      });
    return next;
  };

  await append(header);
  let open_ = true;
  const close = async (): Promise<void> => {
    if (!open_) return;
    open_ = false;
    await (next ?? last).catch(() => {});
    await file.close().catch(() => {});
  };
  return {
    path,
    intents,
    note: (intent) => {
      intents.push(intent);
      return append(intent);
    },
    close,
    remove: async () => {
      await close();
      await rm(path, { force: true });
    },
  };
}

const cannotWrite = (path: string, cause: unknown): RedrillError =>
  new RedrillError('ENVIRONMENT', `cannot write the journal ${path}`, {
    hint: 'Without a journal nothing is changed. Free some space or set XDG_STATE_HOME to a writable directory.',
    cause,
  });

/** No run writes as much. */
const LARGEST = 64 * 2 ** 20;

/** Every journal on this machine. A last line that the dying process did not finish is ignored: its effect never began. */
export function findJournals(): FoundJournal[] {
  let names: string[];
  try {
    names = readdirSync(journalDirectory()).filter((n) => n.endsWith('.ndjson'));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const path = join(journalDirectory(), name);
    try {
      const file = lstatSync(path);
      if (!file.isFile() || file.size > LARGEST) return [];
      const age = Date.now() - file.mtimeMs;
      return [{ path, age, ...parseJournal(readFileSync(path, 'utf8'), name.slice(0, -'.ndjson'.length)) }];
    } catch {
      return [];
    }
  });
}

/** A journal is that of the run after which its file is named, and of no other: one that claims another has no header. */
export function parseJournal(text: string, runId: string): Pick<FoundJournal, 'header' | 'intents' | 'strange'> {
  const lines = text.split('\n').slice(0, -1);
  const entries = lines.map(entryOf);
  const headers = entries.flatMap((entry) => (entry && 'header' in entry ? [entry.header] : []));
  const own = headers.filter((one) => one.runId === runId);
  return {
    // Killed before the header was on disk: nothing was started, and no process has pid 0.
    header: own[0] ?? { runId, pid: 0, started: '', host: '', engine: '' },
    intents: entries.flatMap((entry) => (entry && 'intent' in entry ? [entry.intent] : [])),
    strange: entries.filter((entry) => entry === undefined).length + headers.length - Math.min(own.length, 1),
  };
}

/**
 * The journal of a run: one line for each intent, on disk before the effect. Whoever finds the journal of a dead run
 * knows what to undo.
 */
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { RedrillError } from '../core/errors.js';
import type { Owner } from './liveness.js';
import type { Limits, Skew } from './types.js';

/** What is about to happen. `container`, `network` and `volume` name what to remove; a sysctl carries its old value;
 * after `keep` only `clean --all` removes the run. */
export type Intent =
  | { intent: 'container' | 'network' | 'volume'; name: string }
  | { intent: 'limit'; container: string; now: Limits; undo: string }
  | { intent: 'clock'; container: string; now: Skew; undo: string }
  | { intent: 'reimage'; container: string; image: string; undo: string }
  | { intent: 'start' | 'stop' | 'kill' | 'pause' | 'detach'; container: string; undo: string }
  | { intent: 'split'; groups: string[][]; undo: string }
  | { intent: 'change'; container: string; what: string; name: string; undo: string }
  | { intent: 'keep' }
  | { intent: 'sysctl'; key: string; was: string; now: string };

export interface Header extends Owner {
  runId: string;
  /** The engine's own id: a journal says nothing about what is on another engine. */
  engine: string;
}

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
    mkdirSync(journalDirectory(), { recursive: true });
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
      const age = Date.now() - statSync(path).mtimeMs;
      return [{ path, age, ...parseJournal(readFileSync(path, 'utf8'), name.slice(0, -'.ndjson'.length)) }];
    } catch {
      return [];
    }
  });
}

export function parseJournal(text: string, runId: string): { header: Header; intents: Intent[] } {
  const lines = text.split('\n').slice(0, -1).flatMap(parseLine);
  // Killed before the header was on disk: nothing was started, and no process has pid 0.
  const header = (lines.find((l) => 'runId' in l) ?? { runId, pid: 0, started: '', host: '', engine: '' }) as Header;
  return { header, intents: lines.filter((l): l is Intent => 'intent' in l) };
}

function parseLine(line: string): (Header | Intent)[] {
  try {
    const entry: unknown = JSON.parse(line);
    return entry !== null && typeof entry === 'object' ? [entry as Header | Intent] : [];
  } catch {
    return [];
  }
}

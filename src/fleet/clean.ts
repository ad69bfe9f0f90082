/** Undoes what dead runs left: everything that carries their label, and what their journals show. */
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../core/errors.js';
import { s } from '../core/units.js';
import { type FoundJournal, findJournals, type Intent } from './journal.js';
import { liveness, type Owner } from './liveness.js';
import type { Residue } from './types.js';

export interface CleanOptions {
  /** Also runs that are alive, or that belong to another machine. */
  all?: boolean;
  runId?: string;
}

export interface CleanedRun extends Removed {
  runId: string;
  /** Kernel settings put back: "net.ipv4.neigh.default.gc_thresh3 = 1024". */
  restored: string[];
  /** Lines of its journal that redrill does not write: nothing followed from them. */
  ignored: number;
}

export interface CleanReport {
  cleaned: CleanedRun[];
  /** Runs left alone, and why. */
  spared: { runId: string; reason: string }[];
  /** What of the cleaned runs is still there. */
  left: Residue;
}

/**
 * An engine may finish a request after the process that made it was killed. So what a young journal names is looked for
 * this long before it is believed not to exist.
 */
const LATE = s(2);
const YOUNG = s(30);

/** What belongs to one run, wherever that is kept. */
export interface Belongings {
  /** Whom the labels name: one, unless somebody forged some. */
  owners: Owner[];
  /** Its process had left it there on purpose. */
  kept: boolean;
  containers: Item[];
  networks: Item[];
  volumes: Item[];
}

export interface Item {
  id: string;
  name: string;
}

export interface Removed {
  containers: string[];
  networks: string[];
  volumes: string[];
  /** What could not be removed, and why. */
  failed: { name: string; reason: string }[];
}

/** Where a kind of fleet keeps what its runs have. */
export interface Holdings {
  /** As the headers of journals name it. */
  readonly id: string;
  /** It is on this very machine. */
  readonly local: boolean;
  /** Everything that carries the label of a run, by run. */
  inventory(): Promise<Map<string, Belongings>>;
  /** Removes all that carries the label of this run. */
  remove(runId: string, attempts: number): Promise<Removed>;
  /** Undoes what a run did to the machine itself. @returns what was put back, in words. */
  restore(runId: string, intents: readonly Intent[]): Promise<string[]>;
}

export const cleanIn = (holdings: Holdings, { all = false, runId }: CleanOptions = {}): Promise<CleanReport> =>
  cleanUp(holdings, { all, runId, patience: LATE, attempts: 4 });

/** The quick form that every run begins with: one look, no waiting. What is still to come is left for the next one. */
export const sweepIn = (holdings: Holdings): Promise<CleanReport> =>
  cleanUp(holdings, { all: false, runId: undefined, patience: 0, attempts: 1 });

/** Ids of runs that a clean would remove. */
export async function deadRuns(holdings: Holdings): Promise<string[]> {
  const journals = new Map(findJournals().map((j) => [j.header.runId, j]));
  const labelled = await holdings.inventory();
  return [...new Set([...labelled.keys(), ...journals.keys()])].filter(
    (id) => whySpare(labelled.get(id), journals.get(id), holdings) === undefined,
  );
}

interface Manner {
  all: boolean;
  runId: string | undefined;
  patience: number;
  attempts: number;
}

async function cleanUp(holdings: Holdings, { all, runId, patience, attempts }: Manner): Promise<CleanReport> {
  const report: CleanReport = {
    cleaned: [],
    spared: [],
    left: { containers: [], networks: [], volumes: [], journal: [] },
  };
  const journals = new Map(findJournals().map((j) => [j.header.runId, j]));
  const labelled = await holdings.inventory();
  for (const id of new Set([...labelled.keys(), ...journals.keys()])) {
    if (runId !== undefined && id !== runId) continue;
    const journal = journals.get(id);
    const reason = all ? undefined : whySpare(labelled.get(id), journal, holdings);
    if (reason) report.spared.push({ runId: id, reason });
    else report.cleaned.push(await cleanRun(holdings, id, journal, patience, attempts));
  }
  const after = await holdings.inventory();
  for (const run of report.cleaned) {
    const belongings = after.get(run.runId);
    for (const kind of ['containers', 'networks', 'volumes'] as const)
      report.left[kind].push(...(belongings?.[kind] ?? []).map((item) => item.name));
  }
  const paths = new Map(findJournals().map((j) => [j.header.runId, j.path]));
  report.left.journal = report.cleaned.flatMap((run) => paths.get(run.runId) ?? []);
  return report;
}

/** Labels and journal each name an owner: as long as one of them lives, so does the run. */
function whySpare(
  belongings: Belongings | undefined,
  journal: FoundJournal | undefined,
  holdings: Holdings,
): string | undefined {
  const header = journal?.header;
  if (journal && !belongings && header?.engine && header.engine !== holdings.id)
    return 'its containers are on another engine';
  const signed = header !== undefined && header.pid !== 0;
  const owners = [...(belongings?.owners ?? []), ...(signed ? [header] : [])];
  // Between opening its journal and writing the first line.
  if (owners.length === 0) return (journal?.age ?? 0) < YOUNG ? 'it is just starting' : undefined;
  const lives = owners.map((owner) => ({ owner, life: liveness(owner, holdings.local) }));
  const alive = lives.find(({ life }) => life === 'alive');
  if (alive) return `it is running (process ${alive.owner.pid})`;
  const elsewhere = lives.find(({ life }) => life === 'elsewhere');
  if (elsewhere) return whereTo(elsewhere.owner);
  if (belongings?.kept || (belongings && journal?.intents.some((entry) => entry.intent === 'keep')))
    return 'it was kept on purpose';
  return undefined;
}

const whereTo = ({ host }: Owner): string =>
  host === ''
    ? 'its labels tell no owner'
    : host === hostname()
      ? 'it belongs to another container of this machine, or to another one of this name'
      : `it belongs to the machine ${host}`;

async function cleanRun(
  holdings: Holdings,
  runId: string,
  journal: FoundJournal | undefined,
  patience: number,
  attempts: number,
): Promise<CleanedRun> {
  const done: CleanedRun = {
    runId,
    containers: [],
    networks: [],
    volumes: [],
    failed: [],
    restored: [],
    ignored: journal?.strange ?? 0,
  };
  const wait = journal && journal.age < YOUNG ? patience : 0;
  const deadline = performance.now() + wait;
  for (;;) {
    const { failed, ...removed } = await holdings.remove(runId, attempts);
    for (const kind of ['containers', 'networks', 'volumes'] as const) done[kind].push(...removed[kind]);
    done.failed = failed;
    if (!journal || performance.now() >= deadline || missing(journal, done).length === 0) break;
    await sleep(100);
  }
  if (!journal) return done;
  try {
    done.restored = await holdings.restore(runId, journal.intents);
  } catch (error) {
    done.failed.push({ name: 'kernel settings', reason: messageOf(error) });
  }
  const mayStillCome = wait === 0 && journal.age < YOUNG && missing(journal, done).length > 0;
  if (done.failed.length === 0 && !mayStillCome) await rm(journal.path, { force: true });
  return done;
}

/** What the journal announced and nobody has seen yet. */
function missing({ intents }: FoundJournal, seen: Removed): string[] {
  const found = new Set([...seen.containers, ...seen.networks, ...seen.volumes]);
  return intents.flatMap((entry) => ('name' in entry && !found.has(entry.name) ? [entry.name] : []));
}

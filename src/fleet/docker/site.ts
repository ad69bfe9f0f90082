/** What a run has on the engine from its first moment to its last: a journal, labels, and somebody who clears up. */
import { setMaxListeners } from 'node:events';
import { messageOf, RedrillError } from '../../core/errors.js';
import { type Journal, openJournal } from '../journal.js';
import { self } from '../liveness.js';
import type { FleetOptions, Residue } from '../types.js';
import type { DockerContainer } from './body.js';
import type { Engine } from './engine.js';
import { holderFor } from './holder.js';
import { type Labels, labelsOf } from './labels.js';
import { secondNet } from './reaper.js';
import { inventory, removeRun } from './remove.js';
import { openSysctls, restoreNeighbours, type Sysctls } from './sysctls.js';
import { startTools, type Tools } from './tools.js';
import { type Tracker, tracker } from './tracker.js';
import { watchEngine } from './watch.js';

export interface Site extends Tracker {
  engine: Engine;
  runId: string;
  /** Nothing may come and clear up behind it. */
  keepable: boolean;
  labels: Labels;
  journal: Journal;
  signal: AbortSignal | undefined;
  containers: Map<string, DockerContainer>;
  /** Aborts when the run is torn down. */
  closing: AbortSignal;
  lost: AbortController;
  /** Starts them the first time. */
  tools(): Promise<Tools>;
  sysctls(): Promise<Sysctls>;
  /** The program that holds servers; rejects where it can't be had: each server is its container's first process then. */
  holder: Promise<Buffer>;
  /** Safe to call twice. Never throws: what could not be removed is a matter for the audit. */
  teardown(): Promise<void>;
}

export async function openSite(engine: Engine, { runId, signal, keep: keepable = false }: FleetOptions): Promise<Site> {
  const owner = self();
  const labels = { ...labelsOf(runId, owner), ...(keepable ? {} : await secondNet(engine)) };
  const journal = await openJournal({ runId, ...owner, engine: engine.id });
  const closing = new AbortController();
  // Every container has somebody who waits for its end.
  setMaxListeners(0, closing.signal);
  const lost = new AbortController();
  watchEngine(engine, lost, closing.signal);
  const { track, settled } = tracker();

  let started: Promise<Tools> | undefined;
  const tools = (): Promise<Tools> => {
    started ??= track(startTools(engine, runId, labels, journal, signal));
    return started;
  };
  const holder = track(holderFor(engine, tools));
  holder.catch(() => {});

  let dismantled: Promise<void> | undefined;
  const site: Site = {
    ...{ engine, runId, keepable, labels, journal, signal, lost, tools, holder, track, settled },
    containers: new Map(),
    closing: closing.signal,
    sysctls: () => openSysctls(engine, tools),
    teardown: () => {
      dismantled ??= dismantle(site, closing).catch(() => journal.close());
      return dismantled;
    },
  };
  return site;
}

async function dismantle(site: Site, closing: AbortController): Promise<void> {
  const { engine, runId, journal, containers } = site;
  // Before the tools are gone.
  await restoreNeighbours(site.sysctls, runId, journal.intents).catch(() => {});
  // Containers go one after the other: servers that are left would go on looking for those that are gone, N times N of them.
  await Promise.all([...containers.values()].map((container) => container.quench()));
  closing.abort(new RedrillError('INTERRUPTED', `run ${runId} is being torn down`));
  // What the engine is just making must be there before it can be removed.
  await site.settled();
  await removeRun(engine, runId, { stuck: site.lost.signal.aborted });
  const left = Object.values(await found(engine, runId)).flat();
  await (left.length === 0 ? journal.remove() : journal.close());
}

async function found(engine: Engine, runId: string): Promise<Residue> {
  const left = (await inventory(engine, runId)).get(runId);
  const names = (items: { name: string }[] | undefined): string[] => items?.map((item) => item.name) ?? [];
  return {
    containers: names(left?.containers),
    networks: names(left?.networks),
    volumes: names(left?.volumes),
    journal: [],
  };
}

/** What of the run is on the engine; where that can't be told, everything. */
export const audit = (engine: Engine, runId: string): Promise<Residue> =>
  found(engine, runId).catch((error) => ({
    containers: [`everything labelled redrill.run=${runId} (${messageOf(error)})`],
    networks: [],
    volumes: [],
    journal: [],
  }));

/** The engine: a plan in, a run folder and a verdict out. It reads like the flow of a drill. */
import { rename } from 'node:fs/promises';
import { startClock } from '../core/clock.js';
import { messageOf, RedrillError } from '../core/errors.js';
import { maskOf } from '../core/mask.js';
import type { Progress } from '../core/progress.js';
import { openFleet, resolveImage } from '../fleet/index.js';
import type { Fleet } from '../fleet/types.js';
import { writeRecording } from '../recording/history.js';
import type { Recording } from '../recording/recording.js';
import { buildResult, publish, type Result, writeReports } from '../report/index.js';
import { secretsOf } from '../scenarios/plan.js';
import { unsupported } from '../scenarios/possible.js';
import type { Plan } from '../scenarios/types.js';
import { settingsOf } from '../server/durability.js';
import { serverIn } from '../topology/server.js';
import { startTopology } from '../topology/start.js';
import type { Topology } from '../topology/types.js';
import { type Left, readFinalState, type Written } from '../workload/final/index.js';
import { blankRecording, noteNodes, noteTopology, stageKeeper } from './blank.js';
import { heal } from './drill.js';
import { carryOut } from './entries.js';
import { dropRunFolder, newRunFolder, newRunId, type RunFolder } from './folder.js';
import { quietAbout, withoutSecrets } from './hide.js';
import { prepareImages } from './images.js';
import { collectLogs } from './logs.js';
import { type Live, measure, type Run } from './measure.js';
import { settle } from './settle.js';

export interface RunOptions {
  plan: Plan;
  signal: AbortSignal;
  progress: Progress;
  /** Where run folders go. */
  reportsDir: string;
  /** Leave the containers up for a look; `redrill clean --all` removes them. */
  keep?: boolean;
}

/** A drill whose verdict is known, and of which not everything could be written down. */
export class Unwritten extends RedrillError {
  constructor(
    readonly result: Result,
    error: RedrillError,
    hint: string,
  ) {
    super(error.code, error.message, { hint, cause: error });
  }
}

export async function runScenario(options: RunOptions): Promise<{ folder: string; result: Result }> {
  const { plan, signal, reportsDir, keep = false } = options;
  const clock = startClock();
  const runId = newRunId(plan.scenario.name);
  const folder = await newRunFolder(reportsDir, runId);
  const recording = blankRecording(plan, runId, clock);
  const left: { fleet?: Fleet; topology?: Topology } = {};
  const secrets = secretsOf(plan);
  const mask = maskOf(() => [...secrets, ...(left.topology?.access.secrets ?? [])]);
  const progress = quietAbout(options.progress, mask);
  const stages = stageKeeper(recording, clock, progress);
  const run: Run = { plan, recording, stages, clock, signal, progress };
  try {
    await drill(run, left);
  } catch (error) {
    // A wait that was broken off knows only that it was.
    const why = left.fleet?.lost.aborted ? left.fleet.lost.reason : error;
    stages.end(messageOf(why));
    if (!signal.aborted) await noteFailure(why, run, left.topology);
  }
  if (left.fleet || recording.skipped === undefined)
    stages.begin('teardown', keep ? 'keeping the containers' : 'removing containers');
  await left.topology?.[Symbol.asyncDispose]();
  const residue = left.fleet && (await (keep ? left.fleet.keep() : tearDown(left.fleet)));
  if (residue) recording.warnings.push(residue);
  stages.end();
  if (signal.aborted) {
    const outcome = residue ?? (keep ? 'containers kept' : 'containers removed');
    throw new RedrillError('INTERRUPTED', `interrupted: faults healed, ${outcome}`, { cause: signal.reason });
  }

  recording.clock.end = clock.now();
  return writeDown(withoutSecrets(recording, mask), reportsDir, folder, progress);
}

/** The recording first: what is wrong with the judging must not cost what was seen. */
async function writeDown(
  recording: Recording,
  reportsDir: string,
  { path, draft }: RunFolder,
  { note }: Progress,
): Promise<{ folder: string; result: Result }> {
  const kept = await keep(recording, path, draft).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  const input = buildResult(recording);
  const unwritten = (error: unknown, ...hints: string[]): unknown => {
    if (!(error instanceof RedrillError)) return error;
    note(`${input.result.sentence} (this could not be written down)`);
    return new Unwritten(input.result, error, [error.hint, ...hints].filter(Boolean).join('; '));
  };
  if (kept) throw unwritten(kept);
  try {
    await writeReports(path, input);
    await publish(reportsDir, path, input.result);
  } catch (error) {
    throw unwritten(error, `the recording is kept: \`redrill report ${path}\` writes its reports again`);
  }
  return { folder: path, result: input.result };
}

/** A folder with a recording is there as a whole, or not at all. */
async function keep(recording: Recording, path: string, draft: string): Promise<void> {
  try {
    await writeRecording(draft, recording);
    await rename(draft, path);
  } catch (error) {
    // Half a recording is of no use, and the space it takes may be what others lack.
    await dropRunFolder(draft);
    if (!(error instanceof RedrillError)) throw error;
    // Nobody has to know of drafts.
    throw new RedrillError(error.code, error.message.replaceAll(draft, path), { hint: error.hint, cause: error });
  }
}

async function drill(run: Run, left: { fleet?: Fleet; topology?: Topology }): Promise<void> {
  const { plan, recording, stages, clock, progress } = run;
  if (plan.skipped !== undefined) {
    recording.skipped = plan.skipped;
    return;
  }
  stages.begin('start', `${plan.nodeIds.length} containers of ${plan.topology.image}`);
  const image = await resolveImage(plan.topology.image, { signal: run.signal, note: progress.note });
  const fleet = await openFleet({ runId: recording.runId, needs: plan.needs, clock, signal: run.signal });
  left.fleet = fleet;
  const signal = AbortSignal.any([run.signal, fleet.lost]);
  const server = await serverIn(image, fleet, fleet.address(plan.nodeIds.length), signal);
  // An image's name may say nothing of the server in it, or something else.
  const images = await prepareImages(plan, fleet, progress, signal);
  const skipped = unsupported(plan.entries, plan.topology, (name) =>
    name === plan.topology.image ? server : images.get(name)?.server,
  );
  if (skipped !== undefined) {
    recording.skipped = skipped;
    return;
  }
  const { topology: spec, nodeIds } = plan;
  const onStarted = (started: Topology): void => {
    left.topology = started;
  };
  const topology = await startTopology({ spec, fleet, image, server, images, clock, nodeIds, signal, onStarted });
  noteTopology(recording, topology, fleet);
  recording.topology.settings = await settingsOf(topology.nodes[0]!);
  // Those that its own commands will set must not be told either.
  topology.access.secrets.push(...secretsOf(plan));

  stages.begin('steady', 'probes, observers and load');
  const watching = new AbortController();
  let probing: Live['prober'] | undefined;
  try {
    const live = await measure({ ...run, signal }, topology, images, watching.signal, (prober) => {
      probing = prober;
    });
    let left: Left | undefined;
    try {
      stages.begin('timeline');
      live.zero = recording.clock.zero = clock.now();
      await rehearse(live, { ...run, signal });
      live.measured();
      stages.begin('verify', 'read back, compare replicas');
      await stopLoad(live);
      // The probes write: replicas can only be compared with their primaries when nobody does.
      await live.prober.stop();
      left = await readFinalState(topology, written(live), { open: openFaults(live), now: clock.now, signal });
      recording.found = left.found;
      recording.expiries = left.expiries;
      recording.final = left.final;
    } catch (error) {
      // The stage that broke bears the reason, not the one that clears up after it.
      stages.end(messageOf(fleet.lost.aborted ? fleet.lost.reason : error));
      throw error;
    } finally {
      stages.begin('heal');
      await stopLoad(live);
      await live.prober.stop();
      await heal(live);
      recording.warnings.push(...live.warnings);
      stages.end();
    }
    if (left.incomplete) {
      stages.begin('verify', 'what answers only now');
      await left.readTheRest(clock.now, signal);
    }
  } finally {
    watching.abort();
    noteNodes(recording, topology);
    // Also where a stage broke: what still comes in would change the tables while they are written down.
    await probing?.stop();
  }
  stages.begin('collect', 'server logs');
  recording.logs = await collectLogs(topology, clock, recording.clock.offsets);
}

/** What goes on beside it ends first: it may need the answers of what the load and the probes still do. */
async function stopLoad({ load, beside }: Live): Promise<void> {
  for (const one of beside) await one.stop();
  await load.stop();
}

const written = ({ plan, load, canaries }: Live): Written => ({
  tags: load.tags.map(({ tag }) => tag),
  sequences: plan.workload.kind === 'append' || plan.workload.kind === 'expiring' ? load.sequences : [],
  ttl: plan.workload.kind === 'expiring' ? plan.workload.ttl : undefined,
  canaries,
});

/** What nothing in the scenario has ended, in words. */
const openFaults = ({ live }: Live): string[] =>
  live.flatMap(({ record: { id, targets, healedAt } }) =>
    healedAt === undefined ? [targets.length > 0 ? `${id} on ${targets.join(', ')}` : id] : [],
  );

/** Timeline and recovery, until everything is well again or the budget is used up. */
async function rehearse(live: Live, { signal, progress, recording }: Run): Promise<void> {
  const entries = carryOut(live);
  entries.catch(() => undefined);
  const { wrong, early } = await settle(live, entries);
  if (wrong.length > 0) {
    const why = early === undefined ? 'not recovered within the budget' : `stopped early (${early})`;
    progress.note(`${why}: ${wrong.slice(0, 3).join('; ')}`);
    if (early !== undefined) recording.early = early;
    live.giveUp.abort(new RedrillError('TIMEOUT', early ?? 'the recovery budget is used up'));
  }
  await entries;
  signal.throwIfAborted();
}

async function noteFailure(
  error: unknown,
  { recording, clock, progress }: Run,
  topology: Topology | undefined,
): Promise<void> {
  const known = error instanceof RedrillError;
  recording.aborted = { code: known ? error.code : 'BUG', message: messageOf(error) };
  progress.note(known ? error.message : ((error as Error).stack ?? messageOf(error)));
  if (known && error.hint) progress.note(error.hint);
  if (topology && Object.keys(recording.logs).length === 0)
    recording.logs = await collectLogs(topology, clock, recording.clock.offsets).catch(() => ({}));
}

/** @returns what could not be removed, in words. */
async function tearDown(fleet: Fleet): Promise<string | undefined> {
  try {
    await fleet.teardown();
    const residue = Object.entries(await fleet.audit()).flatMap(([kind, names]) =>
      (names as string[]).map((name) => `${kind.replace(/s$/, '')} ${name}`),
    );
    return residue.length > 0 ? `left behind: ${residue.join(', ')}; redrill clean removes it` : undefined;
  } catch (error) {
    return `teardown failed: ${messageOf(error)}; redrill clean removes what is left`;
  }
}

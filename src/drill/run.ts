/** The engine: a plan in, a run folder and a verdict out. It reads like the flow of a drill. */
import { rename } from 'node:fs/promises';
import { startClock } from '../core/clock.js';
import { messageOf, RedrillError } from '../core/errors.js';
import { maskOf } from '../core/mask.js';
import type { Progress } from '../core/progress.js';
import { openFleet, resolveImage } from '../fleet/index.js';
import type { Fleet, ResolvedImage } from '../fleet/types.js';
import { writeRecording } from '../recording/history.js';
import type { Recording } from '../recording/recording.js';
import { buildResult, publish, type Result, writeReports } from '../report/index.js';
import { abilitiesIn, refuseWithout } from '../scenarios/needs.js';
import { secretsOf } from '../scenarios/plan.js';
import { unsupported } from '../scenarios/possible.js';
import type { Plan } from '../scenarios/types.js';
import { settingsOf } from '../server/durability.js';
import { serverIn } from '../topology/server.js';
import { beginTopology } from '../topology/start.js';
import type { Topology } from '../topology/types.js';
import { type Left, readFinalState } from '../workload/final/index.js';
import { blankRecording, noteNodes, noteTopology, stageKeeper } from './blank.js';
import { beginTimeline } from './course.js';
import { carryOut } from './entries.js';
import { dropRunFolder, newRunFolder, newRunId, type RunFolder } from './folder.js';
import { heal, openFaults } from './heal.js';
import { quietAbout, withoutSecrets } from './hide.js';
import { prepareImages } from './images.js';
import { collectLogs } from './logs.js';
import { settle } from './settle.js';
import { startTraffic, steadyView, stopTraffic, writtenBy } from './traffic.js';
import type { Drill, Ground, Run } from './types.js';
import { startWatching, watchHarness } from './watch.js';

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
  const secrets = secretsOf(plan);
  const mask = maskOf(secrets);
  const progress = quietAbout(options.progress, mask);
  const stages = stageKeeper(recording, clock, progress);
  const run: Run = { plan, recording, stages, clock, signal, progress, secrets };
  const residue = await drill(run, keep);
  if (residue !== undefined) recording.warnings.push(residue);
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

/** From nothing to nothing. @returns what could not be removed, in words. */
async function drill(run: Run, keep: boolean): Promise<string | undefined> {
  const { plan, recording, stages, clock, signal, progress } = run;
  if (plan.skipped !== undefined) {
    recording.skipped = plan.skipped;
    return undefined;
  }
  stages.begin('start', `${plan.nodeIds.length} containers of ${plan.topology.image}`);
  let fleet: Fleet | undefined;
  try {
    const image = await resolveImage(plan.topology.image, { signal, note: progress.note });
    fleet = await openFleet({
      runId: recording.runId,
      needs: abilitiesIn(plan),
      containers: plan.nodeIds.length,
      keep,
      clock,
      signal,
    });
    refuseWithout(fleet, plan);
    await inFleet(run, fleet, image);
  } catch (error) {
    await noteFailure(error, run, fleet);
  }
  stages.begin('teardown', keep ? 'keeping the containers' : 'removing containers');
  const residue = fleet && ((await (keep ? fleet.keep() : tearDown(fleet))) ?? undefined);
  stages.end();
  return residue;
}

async function inFleet(run: Run, fleet: Fleet, image: ResolvedImage): Promise<void> {
  const { plan, recording, clock, secrets, progress } = run;
  const { topology: spec, nodeIds } = plan;
  const signal = AbortSignal.any([run.signal, fleet.lost]);
  const server = await serverIn(image, fleet, fleet.address(nodeIds.length), signal);
  // An image's name may say nothing of the server in it, or something else.
  const images = await prepareImages(plan, fleet, progress, signal);
  const skipped = unsupported(plan.entries, spec, (name) => (name === spec.image ? server : images.get(name)?.server));
  if (skipped !== undefined) {
    recording.skipped = skipped;
    return;
  }
  const start = { spec, fleet, image, server, images, clock, nodeIds, secrets, signal };
  const { topology, ready } = await beginTopology(start);
  try {
    await ready();
    noteTopology(recording, topology, fleet);
    recording.topology.settings = await settingsOf(topology.nodes[0]!);
    await rehearse({ ...run, signal }, { topology, images });
    run.stages.begin('collect', 'server logs');
    recording.logs = await collectLogs(topology, clock, recording.clock.offsets);
  } catch (error) {
    await noteFailure(error, run, fleet, topology);
  } finally {
    await topology[Symbol.asyncDispose]();
  }
}

/** Steady state, the timeline, and what it leaves. */
async function rehearse(run: Run, ground: Ground): Promise<void> {
  run.stages.begin('steady', 'probes, observers and load');
  const watch = await startWatching(run, ground);
  try {
    const view = await steadyView(run, ground, watch);
    const traffic = await startTraffic(run, ground, watch, view);
    const harness = watchHarness(run.recording, watch.observer);
    run.stages.begin('timeline');
    const drill = beginTimeline(run, ground, watch, traffic, view);
    const left = await carryThrough(drill, run, harness);
    if (left.incomplete) {
      run.stages.begin('verify', 'what answers only now');
      await left.readTheRest(run.clock.now, run.signal);
    }
  } finally {
    noteNodes(run.recording, ground.topology);
    await watch.stop();
  }
}

/** The plan, the look at what it has left, and the end of everything that is still injected, whatever broke before. */
async function carryThrough(drill: Drill, run: Run, measured: () => void): Promise<Left> {
  const { stages, recording, clock, signal } = run;
  const { topology, prober } = drill;
  try {
    await untilWell(drill, run);
    measured();
    stages.begin('verify', 'read back, compare replicas');
    await stopTraffic(drill);
    // The probes write: replicas can only be compared with their primaries when nobody does.
    await prober.stop();
    const look = { open: openFaults(drill), now: clock.now, signal };
    const left = await readFinalState(topology, writtenBy(run, drill), look);
    recording.found = left.found;
    recording.expiries = left.expiries;
    recording.final = left.final;
    return left;
  } catch (error) {
    // The stage that broke bears the reason, not the one that clears up after it.
    stages.end(reasonOf(error, topology.fleet));
    throw error;
  } finally {
    measured();
    stages.begin('heal');
    await stopTraffic(drill);
    await prober.stop();
    await heal(drill);
    stages.end();
  }
}

/** Timeline and recovery, until everything is well again or the budget is used up. */
async function untilWell(drill: Drill, { signal, progress, recording }: Run): Promise<void> {
  const entries = carryOut(drill);
  entries.catch(() => undefined);
  const { wrong, early } = await settle(drill, entries);
  if (wrong.length > 0) {
    const why = early === undefined ? 'not recovered within the budget' : `stopped early (${early})`;
    progress.note(`${why}: ${wrong.slice(0, 3).join('; ')}`);
    if (early !== undefined) recording.early = early;
    drill.giveUp.abort(new RedrillError('TIMEOUT', early ?? 'the recovery budget is used up'));
  }
  await entries;
  signal.throwIfAborted();
}

/** A wait that was broken off knows only that it was. */
const reasonOf = (error: unknown, fleet: Fleet | undefined): string =>
  messageOf(fleet?.lost.aborted ? fleet.lost.reason : error);

async function noteFailure(
  error: unknown,
  { recording, clock, progress, stages, signal }: Run,
  fleet: Fleet | undefined,
  topology?: Topology,
): Promise<void> {
  const why = fleet?.lost.aborted ? fleet.lost.reason : error;
  stages.end(messageOf(why));
  if (signal.aborted) return;
  const known = why instanceof RedrillError;
  recording.aborted = { code: known ? why.code : 'BUG', message: messageOf(why) };
  progress.note(known ? why.message : ((why as Error).stack ?? messageOf(why)));
  if (known && why.hint) progress.note(why.hint);
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

/** What the parts of a running drill share. */
import type { Clock } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import type { Progress } from '../core/progress.js';
import type { Rng } from '../core/rng.js';
import { seeded } from '../core/rng.js';
import type { FaultContext } from '../faults/index.js';
import type { FaultRecord, ProcedureRecord, StepRecord } from '../recording/deeds.js';
import { fill } from '../scenarios/steps/values.js';
import type { Plan } from '../scenarios/types.js';
import type { Observer } from '../server/observer.js';
import { parseTarget, resolveTargets } from '../topology/targets.js';
import type { ManagedNode, PreparedImage, Topology } from '../topology/types.js';
import type { Load } from '../workload/load.js';
import type { Prober } from '../workload/probes.js';
import type { LogTail } from './tail.js';

/** A fault that was injected and how to undo it. */
export interface Live {
  record: FaultRecord;
  leavesState: boolean;
  /** On these nodes, or wherever it still is. @returns where it was undone by this. */
  heal(nodes?: readonly string[]): Promise<string[]>;
}

export interface Drill {
  plan: Plan;
  clock: Clock;
  /** Aborts when the run is interrupted or given up. */
  signal: AbortSignal;
  /** Aborts when the recovery budget is used up: what waits then ends as "not in time". */
  giveUp: AbortController;
  progress: Progress;
  topology: Topology;
  observer: Observer;
  prober: Prober;
  load: Load;
  /** What goes on beside the load and ends with it. */
  beside: { stop(): Promise<void> }[];
  images: ReadonlyMap<string, PreparedImage>;
  /** The timeline's zero on the run's clock. */
  zero: number;
  /** Who owned each shard in steady state. */
  ownersBefore: ReadonlyMap<number, string>;
  /** Highest epoch in steady state: an election raises it. */
  epochBefore: number;
  faults: FaultRecord[];
  procedures: ProcedureRecord[];
  steps: StepRecord[];
  /** What steps have saved for later ones. */
  values: Map<string, string>;
  /** The server logs as they come. */
  tail: LogTail;
  /** Per node: ms to add to its wall clock to get ours. */
  offsets: Readonly<Record<string, number>>;
  live: Live[];
  warnings: string[];
  /** Ids of entries that are over. */
  done: Set<string>;
  /** Ids of entries that can't begin any more: a step before them did not hold, or what they waited for did not come. */
  unreached: Set<string>;
  /** Entries of the plan that are not over, and how many of them do nothing but wait for an event. */
  open: number;
  waiting: number;
}

/** @throws when the run is interrupted; a drill that is merely given up goes on to its verdict. */
export const throwIfInterrupted = ({ signal, giveUp }: Drill): void => {
  if (!giveUp.signal.aborted) signal.throwIfAborted();
};

export async function resolve(drill: Drill, words: string | string[], rng: Rng): Promise<ManagedNode[]> {
  const targets = [words].flat().map((text) => parseTarget(fill(text, drill.values)));
  return resolveTargets(targets, drill.observer.consensus(), drill.topology, rng);
}

export function faultContext(drill: Drill, id: string, over: FaultContext['over']): FaultContext {
  const rng = seeded(`${drill.plan.seed}/${id}`);
  return {
    topology: drill.topology,
    fleet: drill.topology.fleet,
    clock: drill.clock,
    rng,
    signal: drill.signal,
    view: () => drill.observer.consensus(),
    resolve: (words) => resolve(drill, words, rng),
    silence: (node, since) => drill.prober.silence(node, since, drill.signal),
    over,
  };
}

/**
 * Heals what is still injected on these nodes, or everything. One failure does not keep the others from being healed.
 * @returns what was undone, in words.
 */
export async function heal(drill: Drill, nodes?: readonly string[]): Promise<string[]> {
  const due = drill.live.filter(
    ({ record, leavesState }) =>
      record.healedAt === undefined &&
      (!nodes || (!leavesState && record.targets.some((name) => nodes.includes(name)))),
  );
  const { lost } = drill.topology.fleet;
  if (lost.aborted) {
    for (const { record } of due) drill.warnings.push(`${record.id} could not be healed: ${messageOf(lost.reason)}`);
    return [];
  }
  const outcomes = await Promise.allSettled(due.map((one) => one.heal(nodes)));
  return outcomes.flatMap((outcome, i) => {
    const { id, type } = due[i]!.record;
    if (outcome.status === 'rejected') {
      drill.warnings.push(`${id} could not be healed: ${messageOf(outcome.reason)}`);
      return [];
    }
    return outcome.value.length > 0 ? [`${type} on ${outcome.value.join(', ')} (${id})`] : [];
  });
}

/**
 * A running drill. It comes about in steps, and each step adds what it has made: what is to be done (Run), what it is done to
 * (Ground), who watches (Watch), what clients do (Traffic), what was so before the first fault (Steady), how far the plan has
 * come (Course). Functions name the parts that they need.
 */
import type { Clock } from '../core/clock.js';
import type { Progress } from '../core/progress.js';
import type { FaultRecord, ProcedureRecord, StepRecord } from '../recording/deeds.js';
import type { Recording } from '../recording/recording.js';
import type { Texts } from '../recording/texts.js';
import type { Plan } from '../scenarios/types.js';
import type { Observer } from '../server/observer.js';
import type { PreparedImage, Topology } from '../topology/types.js';
import type { Canary } from '../workload/canaries.js';
import type { Load } from '../workload/load.js';
import type { Prober } from '../workload/probes.js';
import type { Stages } from './blank.js';
import type { LogTail } from './tail.js';

/** What is to be done, and where it is written down. */
export interface Run {
  plan: Plan;
  recording: Recording;
  stages: Stages;
  clock: Clock;
  /** Aborts when the run is interrupted, and, once there is a fleet, when its engine is gone. */
  signal: AbortSignal;
  progress: Progress;
  /** Every password that is known until now: none of them may be told. */
  secrets: string[];
}

/** What it is done to. */
export interface Ground {
  topology: Topology;
  images: ReadonlyMap<string, PreparedImage>;
}

/** Who watches, from before the load until after it. */
export interface Watch {
  observer: Observer;
  prober: Prober;
  /** The server logs as they come. */
  tail: LogTail;
  /** Per node: ms to add to its wall clock to get ours. */
  offsets: Readonly<Record<string, number>>;
  /** Errors that clients and probes saw, each text once. */
  texts: Texts;
}

/** What clients do. */
export interface Traffic {
  load: Load;
  /** What goes on beside the load and ends with it. */
  beside: { stop(): Promise<void> }[];
  canaries: Canary[];
}

/** What was so before the first fault. */
export interface Steady {
  /** The timeline's zero on the run's clock. */
  zero: number;
  /** Who owned each shard. */
  ownersBefore: ReadonlyMap<number, string>;
  /** The highest epoch: an election raises it. undefined: nobody could tell. */
  epochBefore: number | undefined;
}

/** How far the plan has come. */
export interface Course {
  /** Aborts when the recovery budget is used up: what waits then ends as "not in time". */
  giveUp: AbortController;
  faults: FaultRecord[];
  procedures: ProcedureRecord[];
  steps: StepRecord[];
  /** What steps have saved for later ones. */
  values: Map<string, string>;
  live: Injection[];
  warnings: string[];
  /** Ids of entries that are over. */
  done: Set<string>;
  /** Ids of entries that can't begin any more: a step before them did not hold, or what they waited for did not come. */
  unreached: Set<string>;
  /** Entries of the plan that are not over, and how many of them do nothing but wait for an event. */
  open: number;
  waiting: number;
}

/** A fault that was injected and how to undo it. */
export interface Injection {
  record: FaultRecord;
  leavesState: boolean;
  /** On these nodes, or wherever it still is. @returns where it was undone by this. */
  heal(nodes?: readonly string[]): Promise<string[]>;
}

/** While the timeline is carried out. `signal` aborts also when the drill is given up. */
export interface Drill extends Run, Ground, Watch, Traffic, Steady, Course {}

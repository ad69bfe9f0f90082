/** What judging derives from a Recording. Times are on the run's clock, in ms; see recording/recording. */

import type { LossCause } from '../recording/deeds.js';
import type { Recording } from '../recording/recording.js';
import type { ProfileName } from '../recording/tables.js';

/** A stretch in which one shard acknowledged no write from a valid owner. `to` is undefined when it had not ended by the end of the run. */
export interface Outage {
  shard: number;
  from: number;
  to?: number;
  /** When the last acknowledgement before it arrived, if there was one: over a long way that is later than `from`. */
  quietFrom?: number;
  /** What the probes were answered meanwhile, with counts: "CLUSTERDOWN", "no answer", "connection refused". */
  answers: Record<string, number>;
}

export const phaseNames = [
  'suspected',
  'agreed',
  'elected',
  'promoted',
  'served',
  'client',
  'redundant',
  'normal',
] as const;
export type PhaseName = (typeof phaseNames)[number];

/** One phase of the recovery: from the moment before it to `at`. Phases are contiguous, so they add up. */
export interface Phase {
  name: PhaseName;
  from: number;
  at: number;
  ms: number;
  /** ± ms. */
  uncertainty: number;
  /** Who saw it: "observer on node-4", "server log of node-5", "probe of shard 1", "workload". */
  witness: string;
  /** What the server's own rules predict for this phase, in ms, and the rule. */
  predicted?: { min: number; max: number; rule: string };
  fit?: 'in range' | 'early' | 'late';
  note?: string;
}

/** A shard that stood for election and was not elected in this round; of several elections the last. */
export interface LostElection {
  shard: number;
  node: string;
  at: number;
  epoch: number;
  /**
   * `epoch taken`: primaries had voted for another shard in this epoch. `too late`: they knew of a later epoch, or the votes came
   * after it had given up. `not enough votes`: nobody refused, too few answered. `not decided`: measuring ended before that.
   */
  why: 'epoch taken' | 'too late' | 'not enough votes' | 'not decided';
  /** Primaries that voted for it, and how many it needed. */
  votes: number;
  needed: number;
  /** The shard that had the epoch. */
  to?: number;
  /** When its server found its data too old to stand again (cluster-replica-validity-factor): nobody is left to be elected. */
  barred?: number;
}

/** One round of elections of a cluster's shards. */
export interface Round {
  /** When the first and the last of them stood. */
  from: number;
  to: number;
  /** Shards that stood, and how many elections they held. */
  stood: number;
  elections: number;
  /** Shards that were elected. */
  won: number[];
  lost: LostElection[];
  /** When those who had lost the round before were to stand again, on the run's clock, and whether they all did. */
  predicted?: { min: number; max: number; rule: string };
  fit?: 'in range' | 'early' | 'late';
}

/**
 * One disturbance and the recovery from it: a fault that bit, with those that bit before service had come back from it.
 * A drill without faults has its first procedure in this place (a manual fail-over is its own disturbance).
 */
export interface Incident {
  /** Id of the fault, or name of the procedure. */
  fault: string;
  at: number;
  uncertainty: number;
  /** Where the next incident begins, or where measuring ended. */
  until: number;
  /** Shards whose owner or replica was hit, and those that were out of service. */
  affectedShards: number[];
  /** From the first to the last moment of the chained outages; `to` is undefined when service never came back. */
  episode?: { from: number; to?: number };
  /** Service came back, was lost again at this moment, and stayed lost. */
  lostAgain?: number;
  /** Moments of the phase ends. */
  moments: Partial<Record<PhaseName, number>>;
  phases: Phase[];
  /** Was a shard left with fewer replicas than it should have? */
  redundancyLost: boolean;
  /** Did tuned clients see more errors than before? */
  clientErrors: boolean;
  /** Was p99 still out of its band when the load ended? */
  latencyLost: boolean;
  /** effective to served, by the server's own rules; only where a fail-over was needed. */
  predictedRecovery?: { min: number; max: number; rule: string };
  /** Elections of a cluster, by its servers' logs. */
  rounds?: Round[];
}

/** A dated line in the story of the drill. */
export interface TimelineEvent {
  t: number;
  kind:
    | 'stage'
    | 'fault'
    | 'effective'
    | 'heal'
    | 'suspected'
    | 'failed'
    | 'election'
    | 'promoted'
    | 'demoted'
    | 'state'
    | 'outage'
    | 'service'
    | 'procedure'
    | 'step'
    | 'sync'
    | 'client'
    | 'redundant'
    | 'normal';
  node?: string;
  shard?: number;
  text: string;
  witness: string;
}

export interface LostWrite {
  client: number;
  seq: number;
  key: string;
  slot: number;
  shard: number;
  ackedAt: number;
  /** ms relative to the fault's effective moment; negative is before it. */
  age: number;
  /** The node that acknowledged it, as far as the probes can tell. */
  node?: string;
  /** The settings of the client that wrote it. */
  profile?: ProfileName;
  cause: LossCause;
}

export interface Ledger {
  /** undefined when nothing could be checked; `why` says so. */
  checked: boolean;
  why?: string;
  acknowledged: number;
  lost: number;
  unknown: number;
  unknownDurable: number;
  failedButPresent: number;
  duplicated: number;
  byCause: Partial<Record<LossCause, number>>;
  /** By the settings of the clients that carried the load. */
  byProfile?: Partial<Record<ProfileName, { acknowledged: number; lost: number; unknown: number }>>;
  /** The oldest first, cut to a few hundred; `lost` is the true count. */
  losses: LostWrite[];
  /** ms between the sending of the oldest lost write and the end of the loss. */
  rpoMs: number;
  /** The oldest acknowledged write of a shard is among the lost ones: if more had been there, more would have been lost. */
  rpoAtLeast?: true;
}

export interface Window {
  name: 'before' | 'during' | 'after';
  from: number;
  to: number;
}

export interface LatencySummary {
  count: number;
  /** How many of them were refused or got no answer. */
  unanswered: number;
  /** At least. */
  p50: number;
  p99: number;
  max: number;
  /** The most it can have been, where some got no answer; Infinity: nobody saw the end of it. */
  atMost?: { p50: number; p99: number; max: number };
}

/** What reads from replicas saw while it was measured. */
export interface ReplicaReading {
  reads: number;
  answered: number;
  /** What the others got instead, with counts: "MASTERDOWN", "timeout". */
  errors: Record<string, number>;
  /** Answers that were behind at all: a write had been acknowledged before they were asked for. */
  behind: number;
  /** The answer that was behind for longest; missing where none was. */
  worst?: { node: string; shard: number; at: number } & Behind;
  /** By node: its share of the above, and the worst that it answered. */
  nodes: { node: string; reads: number; failed: number; behind: number; worst: Behind }[];
}

/** What became of published messages while it was measured. */
export interface MessageReport {
  published: number;
  /** What the publisher got instead of an acknowledgement, with counts. */
  refused: Record<string, number>;
  /** Acknowledged, and a subscription stood: summed up over subscribers. */
  due: number;
  lost: number;
  /** Acknowledged while a subscriber had no connection. */
  away: number;
  /** ms from the sending to the arrival; null where nothing arrived. */
  delay: { p50: number; p99: number; max: number } | null;
  /** The longest. */
  deaf?: Deafness;
  subscribers: { node: string; due: number; lost: number; away: number; deaf?: Deafness }[];
}

/** A subscriber whose connection stood got nothing of what was published; `missed`: none of them came later either. */
export interface Deafness {
  node: string;
  at: number;
  ms: number;
  missed: number;
}

/** What became of keys with a time to live, by those that were acknowledged and asked for in the end. */
export interface ExpiryReport {
  asked: number;
  /** Of these, those whose time was over. */
  due: number;
  wrong: Record<WrongExpiry['how'], number>;
  /** The first of them. */
  keys: WrongExpiry[];
}

export interface WrongExpiry {
  key: string;
  /** outlived: still there when its time was over. forever: without a time. later, sooner: with another one. */
  how: 'outlived' | 'forever' | 'later' | 'sooner';
  /** ms between the end that it has and the one that it should have; null where it has none. */
  by: number | null;
}

/** How old an answer was: for how long its value had been overwritten, in ms, and how many acknowledged writes it did not know. */
export interface Behind {
  ms: number;
  writes: number;
}

/** Everything the objectives and the report need, computed once from a Recording. */
export interface Analysis {
  recording: Recording;
  /** The first fault that bit; undefined when none did. */
  effective?: { at: number; uncertainty: number; fault: string };
  affectedShards: number[];
  outages: Outage[];
  events: TimelineEvent[];
  phases: Phase[];
  /** All disturbances in order; `effective` is that of the first, `phases` and `moments` are those of the longest recovery. */
  incidents?: Incident[];
  /** Moments of the phase ends; undefined is "never". */
  moments: Partial<Record<PhaseName, number>>;
  windows: Window[];
  /** Latency of the operations of tuned clients (default ones where there are no tuned), by window; absent where there was none. */
  latency?: Partial<Record<Window['name'], LatencySummary>>;
  /** From effective to the end of the measured stretch, over which availability and error rate are taken. */
  measured?: { from: number; to: number };
  availability?: { cluster: number; worst: number; perShard: Record<number, number> };
  ledger: Ledger;
  /** Where the workload published messages. */
  messages?: MessageReport;
  /** Where the workload's keys had a time to live. */
  expiries?: ExpiryReport;
  /** Where the workload read from replicas. */
  replicaReads?: ReplicaReading;
  /** OK answers from a node that the majority did not hold for the owner, by node. */
  splitBrain: { node: string; shard: number; from: number; to: number; count: number }[];
  notes: string[];
  /** What the recording holds against itself: nothing passes with one of them. */
  doubts?: string[];
}

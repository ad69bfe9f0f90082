/** What was done in a drill, as it is recorded: faults with their proof, procedures with their steps, steps of the timeline. */

/** Proof that a fault bit: the moment, how exactly it is known (± ms), and what was seen. */
export interface Evidence {
  at: number;
  uncertainty: number;
  text: string;
}

/** Why an acknowledged write is gone. */
export const lossCauses = [
  'not replicated at the crash',
  'written to the minority side',
  'acknowledged by a deposed primary',
  'dropped on full resync',
  'wiped by an empty primary',
  'cut from the append-only file',
  'deleted by an operator',
  'overwritten by an operator',
  'evicted',
  'lost in a slot move',
  'slots taken by another cluster',
  'unexplained',
] as const;
export type LossCause = (typeof lossCauses)[number];

export interface FaultRecord {
  id: string;
  type: string;
  summary: string;
  params: Record<string, unknown>;
  targets: string[];
  /** What the scenario file said, before it was resolved: "primary of shard 1". */
  targetWords: string;
  requestedAt: number;
  /** Missing when it did not bite; `error` then says why. */
  effective?: Evidence;
  /** Nodes that can't reach the majority of primaries while the fault lasts: an OK from them is not service. */
  cutOff: string[];
  /** How it took its targets away; missing in recordings of an older version. */
  impact?: 'stops' | 'cuts' | 'none';
  /** The cause of what it destroyed, where destroying is what it does. */
  loses?: LossCause;
  /** A deed: it is over at once, and nothing undoes it. */
  lasting?: true;
  /** Replicas that get nothing from their primary while it lasts, whatever their link status says. */
  starved?: string[];
  healedAt?: number;
  /** Nodes on which it was undone before it was on the others. */
  healed?: Record<string, number>;
  /** It did no more from then on, since what it was for was no more. */
  over?: { at: number; why: string };
  error?: string;
}

export interface ProcedureStep {
  at: number;
  took: number;
  title: string;
  command?: string;
  node?: string;
  output?: string;
  ok: boolean;
}

export interface ProcedureRecord {
  name: string;
  summary: string;
  /** It did nothing to the deployment but wait and look. */
  idle?: true;
  trigger: string;
  startedAt: number;
  endedAt?: number;
  steps: ProcedureStep[];
  verdict: 'done' | 'failed' | 'never started';
  message?: string;
}

/** A command, an expectation or another step of the scenario, and what came of it. */
export interface StepRecord {
  id: string;
  /** The top level entry it belongs to. */
  entry: string;
  /** The scenario gave it its id. */
  named: boolean;
  kind: 'run' | 'expect' | 'never' | 'wait' | 'remember';
  /** What is done: "CLUSTER FAILOVER on node-4". */
  title: string;
  /** What has to come of it; empty where nothing is asked. */
  expected: string;
  optional: boolean;
  /** Missing for one that was never reached. */
  startedAt?: number;
  endedAt?: number;
  /** Who was asked or meant, as it was resolved. */
  nodes: string[];
  /** What was answered or seen last. */
  seen?: string;
  /** How often it was tried, or looked at. */
  attempts: number;
  verdict: 'met' | 'not met' | 'unknown' | 'not reached';
  why?: string;
}

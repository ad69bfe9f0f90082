/**
 * What a scenario file says once it is checked (Scenario), and what a run will do about it for one seed (Plan). Both
 * are plain JSON values; durations in ms, sizes in bytes, rates per second, shares 0..1.
 */
import type { FleetNeeds } from '../fleet/types.js';
import type { Target } from '../topology/targets.js';
import type { TopologySpec } from '../topology/types.js';
import type { LoadSpec } from '../workload/operations.js';
import type { ObjectiveSpec } from '../workload/recording.js';
import type { WhenEvent } from './when.js';

export const severities = ['P0', 'P1', 'P2', 'P3'] as const;
type Severity = (typeof severities)[number];

/** The load as the scenario asks for it. */
type Workload = LoadSpec;

/**
 * `at` counts from the timeline's zero (steady state reached, load running). `within` counts from the first fault, or
 * from the timeline's zero while there is none; undefined means as long as the plan's budget lasts.
 */
export type Trigger = { at: number } | { when: WhenEvent; within?: number };

interface Entry {
  /** As the file says, or made from the type: "segfault", the second one "segfault-2". Unique in the scenario. */
  id: string;
  /** A key of the registry. */
  type: string;
  trigger: Trigger;
  /** Parsed by the registry's schema. */
  params: Record<string, unknown>;
}

export interface FaultEntry extends Entry {
  kind: 'fault';
  /** As written, and parsed; both empty for a fault that names its own targets. */
  targetWords: string[];
  targets: Target[];
  /** ms until it is healed; undefined: it stays until a procedure or the end heals it. */
  for?: number;
  /** 0..1; undefined is 1. */
  probability?: number;
}

export interface ProcedureEntry extends Entry {
  kind: 'procedure';
}

export interface Scenario {
  name: string;
  title: string;
  description?: string;
  handbook: string[];
  severity?: Severity;
  tags: string[];
  /** The file it was read from, as the user named it. */
  file?: string;
  topology: TopologySpec;
  workload: Workload;
  timeline: FaultEntry[];
  recovery: ProcedureEntry[];
  objectives: ObjectiveSpec[];
  /** ms; see Plan.budget. */
  timeout?: number;
  seed?: string;
}

/** `order` is its place in the plan: timeline first, then recovery, each as written. `drawn`: false when the seeded draw of `probability` left it out. */
export type PlanEntry = (FaultEntry | ProcedureEntry) & { order: number; drawn: boolean };

/** What the server's own rules say about a recovery, so that a reader knows what to expect before anything runs. */
export interface Prediction {
  what: string;
  /** ms; Infinity never appears: a recovery that can't come has no max. */
  min: number;
  max?: number;
  rule: string;
}

export interface Plan {
  version: 1;
  scenario: Scenario;
  /** Everything random in a run derives from it: draws, targets, keys, node ids. */
  seed: string;
  entries: PlanEntry[];
  objectives: ObjectiveSpec[];
  topology: TopologySpec;
  workload: Workload;
  /** ms from the timeline's zero: what has not recovered by then is given up, and judged as not recovered. */
  budget: number;
  /** 40 hex digits each, in the order node-1 … node-N. */
  nodeIds: string[];
  needs: FleetNeeds;
  predictions: Prediction[];
}

/**
 * What a scenario file says once it is checked (Scenario), and what a run will do about it for one seed (Plan). Both
 * are plain JSON values; durations in ms, sizes in bytes, rates per second, shares 0..1.
 */
import type { Need } from '../fleet/types.js';
import type { LoadSpec, PubSubSpec } from '../recording/load-spec.js';
import type { ObjectiveSpec } from '../recording/recording.js';
import type { ProbeKind } from '../recording/tables.js';
import type { Target } from '../topology/targets.js';
import type { TopologySpec } from '../topology/types.js';
import type { Pick } from './steps/pick.js';
import type { ErrorExpectation, Expectation } from './steps/reply.js';
import type { WhenEvent } from './when.js';

export const severities = ['P0', 'P1', 'P2', 'P3'] as const;
type Severity = (typeof severities)[number];

/** The load as the scenario asks for it, and what counts as service beside it. */
interface Workload extends LoadSpec {
  probes: ProbeKind;
  /** A second; 0: none. */
  replicaReads: number;
  pubsub?: PubSubSpec;
}

/**
 * `at` counts from the timeline's zero (steady state reached, load running). `within` counts from the first fault, or
 * from the timeline's zero while there is none; undefined means as long as the plan's budget lasts. `next`: after the step
 * before it.
 */
export type Trigger = { at: number } | { when: WhenEvent; within?: number } | { next: true };

interface Timed {
  /** As the file says, or made from the type: "segfault", the second one "segfault-2". Unique in the scenario. */
  id: string;
  trigger: Trigger;
}

interface Entry extends Timed {
  /** A key of the registry. */
  type: string;
  /** Parsed by the registry's schema. */
  params: Record<string, unknown>;
}

export interface FaultEntry extends Entry {
  kind: 'fault';
  /** As written, and parsed; both empty for a fault that names its own targets. */
  targetWords: string[];
  /** Without those that a step has yet to save. */
  targets: Target[];
  /** ms until it is healed; undefined: it stays until a procedure or the end heals it. */
  for?: number;
  /** 0..1; undefined is 1. */
  probability?: number;
}

export interface ProcedureEntry extends Entry {
  kind: 'procedure';
}

/** What is neither fault nor procedure: something is asked, expected or remembered. */
interface Step extends Timed {
  /** The scenario gave it its id: it is a case of its own in reports. */
  named: boolean;
  /** It is reported, but decides nothing. */
  optional: boolean;
}

/** Commands on one connection; what is expected is the reply to the last. `within`: sent again until it holds. */
export interface RunStep extends Step {
  kind: 'run';
  on: string[];
  commands: string[][];
  pick: Pick;
  reply?: Expectation;
  error?: ErrorExpectation;
  within?: number;
  /** ms for the reply to each command. */
  timeout: number;
  /** The name under which the reply is kept for later steps. */
  save?: string;
}

/** States and events that must hold, at the latest after `within`, and then go on holding for `for`. */
export interface ExpectStep extends Step {
  kind: 'expect';
  conditions: WhenEvent[];
  within?: number;
  for?: number;
}

/** What must not come to be so for as long as it is watched. */
export interface NeverStep extends Step {
  kind: 'never';
  conditions: WhenEvent[];
  for: number;
}

/** Goes on after a time, or when an event has happened: one that does not come makes the run inconclusive. */
export interface WaitStep extends Step {
  kind: 'wait';
  until: { time: number } | { event: WhenEvent; within?: number };
}

/** Keeps the name of a node for later steps. */
export interface RememberStep extends Step {
  kind: 'remember';
  who: string;
  save: string;
}

export type StepEntry = RunStep | ExpectStep | NeverStep | WaitStep | RememberStep;

/** One after the other: the next begins when the one before has held, or has taken effect. */
export interface SequenceEntry extends Timed {
  kind: 'steps';
  steps: ScenarioEntry[];
  /** There for a loop, whose steps are its rounds: ms from the beginning of one to the next, and between them. */
  pace?: { every?: number; pause?: number };
}

/** One of several, drawn from the seed when the plan is made. */
export interface ChoiceEntry extends Timed {
  kind: 'choose';
  options: ScenarioEntry[];
}

export type ScenarioEntry = FaultEntry | ProcedureEntry | StepEntry | SequenceEntry | ChoiceEntry;

export interface Scenario {
  name: string;
  title: string;
  description?: string;
  handbook: string[];
  severity?: Severity;
  tags: string[];
  /** Which one of a matrix it is: the name of the scenario as written, and the values that were put in. */
  variant?: { of: string; label: string };
  /** The file it was read from, as the user named it. */
  file?: string;
  /** Files whose faults, procedures and objectives it uses beside ours. */
  use?: string[];
  topology: TopologySpec;
  workload: Workload;
  timeline: ScenarioEntry[];
  recovery: ScenarioEntry[];
  objectives: ObjectiveSpec[];
  /** ms; see Plan.budget. */
  timeout?: number;
  seed?: string;
}

/**
 * `order` is its place in the plan: timeline first, then recovery, each as written. `drawn`: false when a seeded draw, of its
 * `probability` or between several, left it out.
 */
interface Planned {
  order: number;
  part: 'timeline' | 'recovery';
  drawn: boolean;
}
export type PlannedFault = FaultEntry & Planned;
export type PlannedProcedure = ProcedureEntry & Planned;
export type PlannedStep = StepEntry & Planned;
export type PlannedSequence = Omit<SequenceEntry, 'steps'> & Planned & { steps: PlanEntry[] };
export type PlannedChoice = Omit<ChoiceEntry, 'options'> & Planned & { options: PlanEntry[] };
export type PlanEntry = PlannedFault | PlannedProcedure | PlannedStep | PlannedSequence | PlannedChoice;

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
  /** What it takes of the fleet, and who needs it. */
  needs: Need[];
  predictions: Prediction[];
  /** Why the server can't be drilled this way, as far as its image's name tells: nothing is started then. */
  skipped?: string;
}

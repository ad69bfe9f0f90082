/** result.json: the published shape of a verdict (schema/result.schema.json). Times are ms relative to the timeline's zero unless a name says otherwise. */
import type { Finding, RunVerdict } from '../assertions/types.js';
import type { FaultRecord, ProcedureRecord, StepRecord } from '../recording/deeds.js';
import type { EngineInfo, NodeInfo, Recording } from '../recording/recording.js';
import type {
  Analysis,
  ExpiryReport,
  Incident,
  Ledger,
  MessageReport,
  Outage,
  Phase,
  ReplicaReading,
  TimelineEvent,
} from '../timeline/types.js';

export const stageNames = [
  'environment starts',
  'steady state before',
  'fault takes effect',
  'procedure completes',
  'steps hold',
  'evidence collected',
  'environment torn down',
] as const;

/** The fixed cases that every run has beside its objectives; `steps hold` where the scenario has steps. `error`: we could not find out; `fail`: it was found wrong. */
export interface StageResult {
  name: (typeof stageNames)[number];
  outcome: 'pass' | 'fail' | 'error' | 'skipped';
  ms: number;
  message: string;
}

/** The published part of an incident: what the analysis needs for itself stays out of the schema. */
export type IncidentResult = Pick<
  Incident,
  | 'fault'
  | 'at'
  | 'uncertainty'
  | 'affectedShards'
  | 'episode'
  | 'lostAgain'
  | 'phases'
  | 'predictedRecovery'
  | 'rounds'
>;

export interface Result {
  version: 1;
  runId: string;
  /** skipped: the drill can't be done on this server, and nothing was tried. */
  verdict: RunVerdict;
  /** Why, when it is that. */
  skipped?: string;
  /** What broke the run off before its end, when something did. The code BUG is redrill's own fault. */
  aborted?: NonNullable<Recording['aborted']>;
  /** One copyable sentence: scenario, verdict, the objective that decided it, measured against budget. */
  sentence: string;
  scenario: Recording['scenario'];
  seed: string;
  /** Wall clock, ISO 8601, UTC. */
  startedAt: string;
  durationMs: number;
  clock: {
    /** Wall clock of the timeline's zero, ISO 8601, UTC. */
    zeroAt: string;
    /** When the first fault that bit took effect. */
    effective?: number;
  };
  stages: StageResult[];
  findings: Finding[];
  /** Of the first incident. */
  phases: Phase[];
  /** Every disturbance and the recovery from it, in order. */
  incidents: IncidentResult[];
  outages: Outage[];
  events: TimelineEvent[];
  faults: FaultRecord[];
  procedures: ProcedureRecord[];
  /** Commands, expectations and other steps of the scenario, in its order. */
  steps: StepRecord[];
  losses: Ledger;
  /** Where the workload published messages. */
  messages?: MessageReport;
  /** Where the workload's keys had a time to live. */
  expiries?: ExpiryReport;
  /** Where the workload read from replicas. */
  replicaReads?: ReplicaReading;
  nodes: NodeInfo[];
  environment: EngineInfo;
  reproduce: { command: string };
  warnings: string[];
}

export interface ReportInput {
  recording: Recording;
  analysis: Analysis;
  result: Result;
}

/** From judged findings to result.json's shape: the fixed cases, the sentence, and times counted from the timeline's zero. */
import { type Finding, type RunVerdict, type Verdict, worst } from '../assertions/types.js';
import type { FaultRecord, ProcedureRecord, StepRecord } from '../recording/deeds.js';
import type { Recording } from '../recording/recording.js';
import type {
  Analysis,
  Deafness,
  Incident,
  Ledger,
  MessageReport,
  Outage,
  Phase,
  ReplicaReading,
  Round,
} from '../timeline/types.js';
import { sentence, verdictWords } from './sentence.js';
import { stageResults, stageVerdict } from './stages.js';
import type { IncidentResult, ReportInput, Result } from './types.js';

export function resultOf(analysis: Analysis, findings: Finding[], judged: Verdict): ReportInput {
  const { recording } = analysis;
  const stages = stageResults(recording);
  const { clock, scenario, skipped, aborted } = recording;
  const verdict: RunVerdict = skipped === undefined ? worst([judged, stageVerdict(stages)]) : 'skipped';
  const zero = clock.zero ?? 0;
  const iso = (t: number): string => new Date(clock.wallAtZero + t).toISOString();
  const result: Result = {
    version: 1,
    runId: recording.runId,
    verdict,
    ...(skipped !== undefined && { skipped }),
    ...(aborted && { aborted }),
    sentence:
      verdict === 'skipped'
        ? `${scenario.name} ${verdictWords.skipped}: ${skipped}`
        : sentence(scenario.name, verdict, findings, stages),
    scenario,
    seed: recording.seed,
    startedAt: iso(0),
    durationMs: clock.end,
    clock: { zeroAt: iso(zero), ...(analysis.effective && { effective: analysis.effective.at - zero }) },
    stages,
    findings,
    phases: analysis.phases.map((p) => phaseFrom(p, zero)),
    incidents: (analysis.incidents ?? []).map((i) => incidentFrom(i, zero)),
    outages: analysis.outages.map(
      ({ shard, from, to, answers }): Outage => ({
        shard,
        from: from - zero,
        ...(to !== undefined && { to: to - zero }),
        answers,
      }),
    ),
    events: analysis.events.map((e) => ({ ...e, t: e.t - zero })),
    faults: recording.faults.map((f) => faultFrom(f, zero)),
    procedures: recording.procedures.map((p) => procedureFrom(p, zero)),
    steps: (recording.steps ?? []).map((s) => stepFrom(s, zero)),
    losses: ledgerFrom(analysis.ledger, zero),
    ...(analysis.messages && { messages: messagesFrom(analysis.messages, zero) }),
    ...(analysis.expiries && { expiries: analysis.expiries }),
    ...(analysis.replicaReads && { replicaReads: readingFrom(analysis.replicaReads, zero) }),
    nodes: recording.topology.nodes,
    environment: recording.environment,
    reproduce: { command: reproduce(recording) },
    warnings: [...new Set([...recording.warnings, ...analysis.notes, ...eventLoop(recording)])],
  };
  return { recording, analysis, result };
}

const phaseFrom = (p: Phase, zero: number): Phase => ({ ...p, from: p.from - zero, at: p.at - zero });

const incidentFrom = (i: Incident, zero: number): IncidentResult => ({
  fault: i.fault,
  at: i.at - zero,
  uncertainty: i.uncertainty,
  affectedShards: i.affectedShards,
  ...(i.episode && {
    episode: { from: i.episode.from - zero, ...(i.episode.to !== undefined && { to: i.episode.to - zero }) },
  }),
  phases: i.phases.map((p) => phaseFrom(p, zero)),
  ...(i.lostAgain !== undefined && { lostAgain: i.lostAgain - zero }),
  ...(i.predictedRecovery && { predictedRecovery: i.predictedRecovery }),
  ...(i.rounds && { rounds: i.rounds.map((r) => roundFrom(r, zero)) }),
});

const roundFrom = (r: Round, zero: number): Round => ({
  ...r,
  from: r.from - zero,
  to: r.to - zero,
  lost: r.lost.map(({ barred, ...one }) => ({
    ...one,
    at: one.at - zero,
    ...(barred !== undefined && { barred: barred - zero }),
  })),
  ...(r.predicted && { predicted: { ...r.predicted, min: r.predicted.min - zero, max: r.predicted.max - zero } }),
});

const faultFrom = (f: FaultRecord, zero: number): FaultRecord => ({
  ...f,
  requestedAt: f.requestedAt - zero,
  ...(f.effective && { effective: { ...f.effective, at: f.effective.at - zero } }),
  ...(f.healedAt !== undefined && { healedAt: f.healedAt - zero }),
  ...(f.healed && { healed: Object.fromEntries(Object.entries(f.healed).map(([node, t]) => [node, t - zero])) }),
  ...(f.over && { over: { ...f.over, at: f.over.at - zero } }),
});

const procedureFrom = (p: ProcedureRecord, zero: number): ProcedureRecord => ({
  ...p,
  startedAt: p.startedAt - zero,
  ...(p.endedAt !== undefined && { endedAt: p.endedAt - zero }),
  steps: p.steps.map((s) => ({ ...s, at: s.at - zero })),
});

const stepFrom = (s: StepRecord, zero: number): StepRecord => ({
  ...s,
  ...(s.startedAt !== undefined && { startedAt: s.startedAt - zero }),
  ...(s.endedAt !== undefined && { endedAt: s.endedAt - zero }),
});

const deafFrom = (deaf: Deafness, zero: number): Deafness => ({ ...deaf, at: deaf.at - zero });

const messagesFrom = (messages: MessageReport, zero: number): MessageReport => ({
  ...messages,
  ...(messages.deaf && { deaf: deafFrom(messages.deaf, zero) }),
  subscribers: messages.subscribers.map((one) => ({ ...one, ...(one.deaf && { deaf: deafFrom(one.deaf, zero) }) })),
});

const readingFrom = (reading: ReplicaReading, zero: number): ReplicaReading => ({
  ...reading,
  ...(reading.worst && { worst: { ...reading.worst, at: reading.worst.at - zero } }),
});

const ledgerFrom = (ledger: Ledger, zero: number): Ledger => ({
  ...ledger,
  losses: ledger.losses.map((l) => ({ ...l, ackedAt: l.ackedAt - zero })),
});

/** A harness that was itself stalled can't be believed to the millisecond. */
function eventLoop({ eventLoop, probes }: Recording): string[] {
  if (probes.length === 0 || eventLoop.p99 <= 20) return [];
  return [
    `the harness was under load: its event loop was late by ${Math.round(eventLoop.p99)} ms (p99), ${Math.round(eventLoop.max)} ms at most`,
  ];
}

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

const reproduce = ({ scenario: { file, name, use = [] }, seed }: Recording): string =>
  ['npx redrill run', quote(file ?? name), '--seed', quote(seed), ...use.flatMap((own) => ['--use', quote(own)])].join(
    ' ',
  );

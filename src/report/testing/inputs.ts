/** Report inputs for tests and for looking at the page, made without the judge: this room's tests then fail only for this room's reasons. */
import { type Finding, type Measured, type Unit, type Verdict, worst } from '../../assertions/types.js';
import type { Recording } from '../../recording/recording.js';
import { newTables } from '../../recording/tables.js';
import { layout, type Scenario, stories } from '../../recording/testing/story.js';
import { syntheticRecording } from '../../recording/testing/synthetic.js';
import { nothing } from '../../timeline/ledger.js';
import type { Analysis, LostWrite, Phase, PhaseName, TimelineEvent } from '../../timeline/types.js';
import { buildResult } from '../build.js';
import { resultOf } from '../result.js';
import type { ReportInput } from '../types.js';

export type { Scenario };

const E = layout.effective;

const rules: Partial<Record<PhaseName, [min: number, max: number, rule: string]>> = {
  suspected: [2000, 3100, 'node-timeout to 1.5 × node-timeout, + 100 ms tick'],
  agreed: [0, 1000, 'a majority of primaries, by 2 × node-timeout'],
  elected: [500, 1100, '500 ms + 0 to 499 ms + rank × 1 s'],
  promoted: [0, 100, 'one tick'],
  served: [0, 300, 'gossip to the other primaries'],
};

function phases(scenario: Scenario): Phase[] {
  const s = stories[scenario];
  const ends: [PhaseName, number | undefined, string][] = [
    ['suspected', s.suspected, 'observer on node-3'],
    ['agreed', s.agreed, 'server log of node-3'],
    ['elected', s.elected, 'server log of node-4'],
    ['promoted', s.promoted, 'observer on node-4'],
    ['served', s.served, 'probe of shard 1'],
    ['client', s.served && s.served + 60, 'workload'],
    ['redundant', s.redundant, 'observer on node-4'],
    ['normal', s.served && (s.redundant ?? 0) + 700, 'workload'],
  ];
  let from = E;
  return ends.flatMap(([name, at, witness]): Phase[] => {
    if (at === undefined) return [];
    const begin = from;
    from = E + at;
    const p = rules[name];
    return [
      {
        name,
        from: begin,
        at: from,
        ms: from - begin,
        uncertainty: name === 'served' ? 5 : 25,
        witness,
        ...(p && { predicted: { min: p[0], max: p[1], rule: p[2] }, fit: from - begin > p[1] ? 'late' : 'in range' }),
      },
    ];
  });
}

function analysisOf(recording: Recording, scenario: Scenario): Analysis {
  const s = stories[scenario];
  const measured = phases(scenario);
  const lost = scenario === 'minority' ? 247 : scenario === 'replica' ? 0 : 3;
  const losses = Array.from({ length: Math.min(lost, 200) }, (_, i): LostWrite => {
    const age = scenario === 'minority' ? i * 11 : -3 * (3 - i);
    return {
      client: i % 8,
      seq: 100 + i,
      key: `{0a${i % 9}}:a:${i % 8}:0`,
      slot: 100 + i,
      shard: 1,
      ackedAt: E + age,
      age,
      node: 'node-1',
      cause: scenario === 'minority' ? 'written to the minority side' : 'not replicated at the crash',
    };
  });
  const outage =
    scenario === 'replica'
      ? []
      : [
          {
            shard: 1,
            from: E,
            ...(s.served && { to: E + s.served }),
            answers: { 'connection refused': 250, CLUSTERDOWN: 89 },
          },
        ];
  const blast =
    s.served === undefined || scenario === 'replica'
      ? []
      : [2, 3].map((shard) => ({ shard, from: E + 2503, to: E + s.served! - 6, answers: { CLUSTERDOWN: 90 } }));
  const events: TimelineEvent[] = [
    ...recording.stages.map(
      (g): TimelineEvent => ({ t: g.from, kind: 'stage', text: `${g.name} begins`, witness: 'harness' }),
    ),
    { t: E, kind: 'effective', node: s.fault.target, text: s.fault.evidence, witness: 'probes' },
    ...measured.map((p): TimelineEvent => ({ t: p.at, kind: 'state', text: p.name, witness: p.witness })),
  ];
  return {
    recording,
    effective: { at: E, uncertainty: 5, fault: 'f1' },
    affectedShards: [1],
    outages: [...outage, ...blast],
    events: events.sort((a, b) => a.t - b.t),
    phases: measured,
    incidents: [
      {
        fault: 'f1',
        at: E,
        uncertainty: 5,
        until: 22_000,
        affectedShards: [1],
        ...(scenario !== 'replica' && { episode: { from: E, ...(s.served !== undefined && { to: E + s.served }) } }),
        moments: Object.fromEntries(measured.map((p) => [p.name, p.at])),
        phases: measured,
        redundancyLost: true,
        latencyLost: false,
        clientErrors: scenario !== 'replica',
        ...(s.served !== undefined && { predictedRecovery: { min: 2500, max: 5300, rule: 'the sum of the phases' } }),
      },
    ],
    moments: Object.fromEntries(measured.map((p) => [p.name, p.at])),
    latency: {
      before: { count: 900, unanswered: 0, p50: 0.5, p99: 0.8, max: 2 },
      after: { count: 4000, unanswered: 0, p50: 0.5, p99: 2.1, max: 9 },
    },
    windows: [
      { name: 'before', from: layout.zero, to: E },
      { name: 'during', from: E, to: E + 7000 },
      { name: 'after', from: E + 7000, to: 22_000 },
    ],
    measured: { from: E, to: 22_000 },
    ledger: {
      checked: true,
      acknowledged: 3200,
      lost,
      unknown: 4,
      unknownDurable: 1,
      failedButPresent: 0,
      duplicated: 0,
      byCause: lost > 0 ? { [losses[0]!.cause]: lost } : {},
      losses,
      rpoMs: lost > 3 ? 2300 : lost > 0 ? 9 : 0,
    },
    splitBrain: scenario === 'minority' ? [{ node: 'node-1', shard: 1, from: E, to: E + 2300, count: 230 }] : [],
    notes: [],
  };
}

const units: Record<string, Unit> = { availability: 'percent', lost_acknowledged_writes: 'count' };

function findingsOf(recording: Recording, scenario: Scenario, analysis: Analysis): Finding[] {
  const s = stories[scenario];
  const never = (note: string): Measured => ({ value: 'never', note });
  const measured: Record<string, Measured> = {
    recovery_time:
      scenario === 'replica'
        ? { value: 0, note: 'no shard stopped serving' }
        : s.served === undefined
          ? never('no write was acknowledged on shard 1 until the end of the run')
          : { value: s.served, uncertainty: 10 },
    lost_acknowledged_writes: { value: analysis.ledger.lost },
    availability: { value: scenario === 'never' ? 0.667 : scenario === 'replica' ? 1 : 0.872 },
    redundancy_restored:
      s.redundant === undefined ? never('node-1 did not come back') : { value: s.redundant, uncertainty: 50 },
    p99_after: { value: 2.1 },
  };
  return recording.objectives.map((limit): Finding => {
    const m = measured[limit.name]!;
    const lower = limit.op.startsWith('<');
    const v = m.value === 'never' ? Number.POSITIVE_INFINITY : (m.value ?? 0);
    const met = lower ? v <= limit.limit : v >= limit.limit;
    const verdict: Verdict = met ? 'pass' : 'fail';
    return {
      objective: limit.name,
      summary: `what ${limit.name} means, in one line`,
      unit: units[limit.name] ?? 'duration',
      limit,
      measured: m,
      verdict,
      text: '',
    };
  });
}

const withPositions = (recording: Recording): Recording => ({
  ...recording,
  scenario: { ...recording.scenario, file: `scenarios/${recording.scenario.name}.yaml` },
  objectives: recording.objectives.map((o, i) => ({
    ...o,
    position: { file: `scenarios/${recording.scenario.name}.yaml`, line: 20 + i, column: 3 },
  })),
});

export function inputOf(
  scenario: Scenario = 'segfault',
  ops = 2000,
  change: (r: Recording) => Recording = (r) => r,
): ReportInput {
  const recording = change(withPositions(syntheticRecording({ ops, scenario })));
  const analysis = analysisOf(recording, scenario);
  const findings = findingsOf(recording, scenario, analysis);
  return resultOf(analysis, findings, worst(findings.filter((f) => !f.limit.optional).map((f) => f.verdict)));
}

/** A run whose environment never came up: nothing was measured, every objective is inconclusive. */
export function brokenInput(
  message = 'node-3 did not become ready within 30 s: CLUSTERDOWN Hash slot not served',
): ReportInput {
  const { zero: _, ...clock } = layoutClock;
  const recording: Recording = {
    ...withPositions(syntheticRecording({ ops: 1 })),
    clock: { ...clock, end: 31_000 },
    stages: [
      { name: 'start', from: 0, to: 30_100, error: message },
      { name: 'teardown', from: 30_100, to: 31_000 },
    ],
    faults: [],
    procedures: [],
    views: [],
    logs: { 'node-3': [{ t: 29_000, text: "1:M 12 Mar 2025 10:00:29.000 # Fatal error, can't open config file" }] },
    aborted: { code: 'NOT_READY', message },
    ...newTables(),
  };
  const analysis: Analysis = {
    recording,
    affectedShards: [],
    outages: [],
    events: [{ t: 30_100, kind: 'stage', text: message, witness: 'harness' }],
    phases: [],
    moments: {},
    windows: [],
    ledger: { ...nothing, why: 'no write was sent' },
    splitBrain: [],
    notes: [],
  };
  const findings = recording.objectives.map(
    (limit): Finding => ({
      objective: limit.name,
      summary: '',
      unit: units[limit.name] ?? 'duration',
      limit,
      measured: { value: null, why: 'the run did not get that far' },
      verdict: 'inconclusive',
      text: '',
    }),
  );
  return resultOf(analysis, findings, 'inconclusive');
}

/** A variant of a matrix whose server can't be drilled this way: nothing was started. */
export function skippedInput(why = "segfault can't work on redis 9.9: it has no DEBUG"): ReportInput {
  const { zero: _, ...clock } = layoutClock;
  return buildResult({
    ...withPositions(syntheticRecording({ ops: 1 })),
    clock: { ...clock, end: 3 },
    stages: [],
    faults: [],
    procedures: [],
    views: [],
    logs: {},
    skipped: why,
    ...newTables(),
  });
}

const layoutClock = { wallAtZero: layout.wallAtZero, zero: layout.zero, offsets: {} };

/** Measured against limit. A vacuous pass is the worst defect there is: a pass counts only where nothing speaks against it. */
import { formatDuration, formatPercent } from '../core/units.js';
import type { ObjectiveSpec, Recording } from '../recording/recording.js';
import { analyse } from '../timeline/analyse.js';
import { saidOf } from '../timeline/observed.js';
import type { Analysis } from '../timeline/types.js';
import { objectiveOf } from './registry.js';
import { unusable } from './returned.js';
import { type Finding, type Measured, type Objective, type Verdict, worst } from './types.js';
import { formatMeasured, formatValue } from './units.js';

export function judge(analysis: Analysis): Finding[] {
  const doubts = doubtsAbout(analysis.recording);
  return analysis.recording.objectives.map((spec) => findingOf(analysis, spec, doubts));
}

/** What keeps the whole run from passing: each is a reason in one line. */
export function doubtsAbout(recording: Recording): string[] {
  const { stages, faults } = recording;
  const doubts: string[] = [];
  const cut = stopped(recording);
  if (cut) doubts.push(cut);
  for (const { name, error } of stages)
    if (error !== undefined && name !== 'teardown') doubts.push(`stage ${name} failed: ${error}`);
  for (const f of faults) {
    const name = f.id === f.type ? f.id : `${f.id} (${f.type})`;
    if (!f.effective) doubts.push(`${name} did not take effect: ${f.error ?? 'no sign of it was seen'}`);
    // What could not be ended as it was written was another drill.
    else if (f.error !== undefined) doubts.push(`${name} took effect, but ${f.error}`);
  }
  return [...doubts, ...(analyse(recording).doubts ?? [])];
}

/** What had not come by the time the engine or the harness failed might have come: that is no miss either. */
const stopped = ({ aborted }: Recording): string | undefined => aborted && `the run was stopped: ${aborted.message}`;

/** Nor what had not come when there was nothing more to wait for. */
const early = ({ value }: Measured, recording: Recording): string | undefined =>
  value === 'never' && recording.early !== undefined ? `the drill was ended early: ${recording.early}` : undefined;

function findingOf(analysis: Analysis, spec: ObjectiveSpec, doubts: readonly string[]): Finding {
  const objective = objectiveOf(spec.name);
  if (!objective) {
    const measured: Measured = { value: null, why: unknownTo(analysis.recording, spec.name) };
    return {
      objective: spec.name,
      summary: spec.name,
      unit: 'count',
      limit: spec,
      measured,
      verdict: 'inconclusive',
      text: measured.why,
    };
  }
  const { skipped } = analysis.recording;
  const measured: Measured =
    skipped === undefined ? measure(spec.name, objective, analysis) : { value: null, why: `skipped: ${skipped}` };
  const raw = verdictOf(measured, spec);
  const doubt = {
    pass: () => doubts[0] ?? tooCoarse(measured, spec, objective, analysis.recording),
    fail: () =>
      stopped(analysis.recording) ??
      early(measured, analysis.recording) ??
      blurred(measured, spec, objective, analysis.recording),
    // It was measured, but its bounds have the limit between them.
    inconclusive: () => (measured.value === null ? undefined : between(measured)),
  }[raw]();
  const verdict = doubt === undefined ? raw : 'inconclusive';
  return {
    objective: spec.name,
    summary: saidOf(analysis.recording.topology.kind, analysis.recording.workload.probes, objective.summary),
    unit: objective.unit,
    limit: spec,
    measured:
      doubt === undefined
        ? measured
        : { value: null, why: `${doubt} (${formatMeasured(measured, objective.unit)} was seen)` },
    verdict,
    text: textOf(measured, spec, objective, verdict, doubt),
  };
}

function unknownTo({ scenario: { use = [] } }: Recording, name: string): string {
  const files = use.map((file) => `--use ${file}`).join(' ');
  return `this redrill knows no objective "${name}"${files === '' ? '' : `; the drill had it by ${files}`}`;
}

/** An objective that crashes has found out nothing. */
function measure(name: string, objective: Objective, analysis: Analysis): Measured {
  try {
    const measured = objective.measure(analysis);
    const wrong = unusable(measured, name, objective);
    return wrong === undefined ? measured : { value: null, why: wrong };
  } catch (error) {
    return { value: null, why: `the measurement broke: ${(error as Error).message}` };
  }
}

/** Of what nobody saw the end, its remark says why. */
const between = (measured: Measured & { note?: string }): string => {
  const open = 'atMost' in measured && measured.atMost === null && measured.note !== undefined;
  return `the limit lies between the least and the most it was${open ? `: ${measured.note}` : ''}`;
};

const meets: Record<ObjectiveSpec['op'], (value: number, limit: number) => boolean> = {
  '<': (v, l) => v < l,
  '<=': (v, l) => v <= l,
  '>': (v, l) => v > l,
  '>=': (v, l) => v >= l,
  '==': (v, l) => v === l,
};

/** A value that is known between two bounds passes or fails where both of them do. */
export function verdictOf(measured: Measured, { op, limit }: Pick<ObjectiveSpec, 'op' | 'limit'>): Verdict {
  const { value } = measured;
  if (value === null) return 'inconclusive';
  if (value === 'never') return 'fail';
  const most = 'atMost' in measured ? (measured.atMost ?? Number.POSITIVE_INFINITY) : value;
  const met = [value, most].map((bound) => meets[op](bound, limit));
  return met[0] !== met[1] ? 'inconclusive' : met[0] ? 'pass' : 'fail';
}

/**
 * Our own event loop's delay (p99) is the resolution of everything timed here. Stalls make latencies longer, never shorter, so a passed latency
 * stands; but they hide short outages, so a time or a share that passes under stalls beyond a tenth of the limit does not.
 */
function tooCoarse(
  { value }: Measured,
  { limit }: ObjectiveSpec,
  { unit, traits: { bears = unit === 'duration' ? 'a tenth' : 'any stall' } = {} }: Objective,
  { eventLoop, workload }: Recording,
): string | undefined {
  if (bears === 'any stall' || typeof value !== 'number') return undefined;
  const tolerated = bears === 'ten probes' ? 10 * workload.probeEvery : Math.max(limit / 10, 5 * workload.probeEvery);
  return eventLoop.p99 > tolerated ? stalled(eventLoop.p99) : undefined;
}

/** A duration that misses its limit by less than the harness's own delay may be the harness's. */
function blurred(
  { value }: Measured,
  { limit, op }: ObjectiveSpec,
  { unit, traits }: Objective,
  { eventLoop: { p99, max }, workload }: Recording,
): string | undefined {
  if (unit !== 'duration' || typeof value !== 'number' || op.startsWith('>')) return undefined;
  if (traits?.byOne && value - limit <= max)
    return `the harness itself was late by ${formatDuration(max)} once, too much for this limit`;
  return p99 > 2 * workload.probeEvery && value - limit <= p99 ? stalled(p99) : undefined;
}

const stalled = (p99: number): string =>
  `the harness itself was late by ${formatDuration(p99)} (p99 of its event loop), too much for this limit`;

function textOf(
  measured: Measured,
  spec: ObjectiveSpec,
  { unit }: Objective,
  verdict: Verdict,
  doubt: string | undefined,
): string {
  if (measured.value === null) return measured.why;
  const limit = unit === 'boolean' ? 'must be yes' : `limit ${spec.op} ${formatValue(spec.limit, unit)}`;
  const parts = [formatMeasured(measured, unit), limit];
  if (doubt !== undefined) return `${parts.join(', ')}, but ${doubt}`;
  if (typeof measured.value === 'number' && spec.op.startsWith('<') && spec.limit > 0)
    parts.push(
      verdict === 'pass'
        ? `${formatPercent(measured.value / spec.limit)} of the budget used`
        : `${formatValue(measured.value - spec.limit, unit)} over`,
    );
  if (measured.note !== undefined) parts.push(measured.note);
  return parts.join(', ');
}

/**
 * The verdict of a run: its required findings, and with the recording also what was to be done: a fault that did not bite or a procedure
 * that never started is inconclusive, a procedure that failed after a fault that bit is a failure. So is a step that did not hold;
 * one that was never reached is inconclusive. Nothing judged is nothing passed.
 */
export function overall(findings: readonly Finding[], recording?: Recording): Verdict {
  const required = findings.filter((f) => !f.limit.optional).map((f) => f.verdict);
  const verdicts: Verdict[] = required.length > 0 || asks(recording) ? required : ['inconclusive'];
  if (recording) {
    if (doubtsAbout(recording).length > 0) verdicts.push('inconclusive');
    for (const { verdict } of recording.procedures)
      if (verdict !== 'done') verdicts.push(verdict === 'failed' && !idle(recording) ? 'fail' : 'inconclusive');
    for (const { verdict, optional } of recording.steps ?? [])
      if (verdict !== 'met' && !optional)
        verdicts.push(verdict === 'not met' && !idle(recording) ? 'fail' : 'inconclusive');
  }
  return worst(verdicts);
}

/** A procedure that had nothing to repair, or whose run was stopped, can't be blamed for not repairing it; nor can a step. */
export const idle = ({ aborted, faults }: Recording): boolean =>
  aborted !== undefined || (faults.length > 0 && faults.every((fault) => !fault.effective));

/** Is there a step whose outcome says something? */
const asks = (recording: Recording | undefined): boolean =>
  (recording?.steps ?? []).some(({ kind, optional }) => ['run', 'expect', 'never'].includes(kind) && !optional);

/** The fixed cases beside the objectives. They exist for every run, so that a dashboard keeps a stable set. */
import { idle } from '../assertions/judge.js';
import type { Verdict } from '../assertions/types.js';
import { formatDuration, plural } from '../core/units.js';
import type { Recording, StageName, StageRecord } from '../recording/recording.js';
import type { StageResult } from './types.js';

type Outcome = Omit<StageResult, 'name'>;

export function stageResults(recording: Recording): StageResult[] {
  const cases: [StageResult['name'], Outcome][] = [
    ['environment starts', ran(recording, ['start'], 'every node ready')],
    ['steady state before', ran(recording, ['steady'], 'every node was healthy under load before the first fault')],
    ['fault takes effect', faults(recording)],
    ['procedure completes', procedures(recording)],
    ...(recording.steps?.length ? [['steps hold', steps(recording)] as [StageResult['name'], Outcome]] : []),
    ['evidence collected', ran(recording, ['settle', 'heal', 'verify', 'collect'], 'healed, read back and collected')],
    ['environment torn down', ran(recording, ['teardown'], 'nothing left behind')],
  ];
  return recording.skipped === undefined
    ? afterTheFirstError(recording, cases)
    : cases.map(([name]) => ({ name, ...skipped(`not tried: ${recording.skipped}`) }));
}

/** What the fixed cases say about the run: an environment that could not be taken down does not change what was measured. */
export function stageVerdict(stages: readonly StageResult[]): Verdict {
  const told = stages.filter((s) => s.name !== 'environment torn down');
  if (told.some((s) => s.outcome === 'fail')) return 'fail';
  return told.some((s) => s.outcome === 'error') ? 'inconclusive' : 'pass';
}

const skipped = (message: string): Outcome => ({ outcome: 'skipped', ms: 0, message });
const length = (s: StageRecord, recording: Recording): number => (s.to ?? recording.clock.end) - s.from;

function ran(recording: Recording, names: StageName[], well: string): Outcome {
  const stages = recording.stages.filter((s) => names.includes(s.name));
  const ms = stages.reduce((sum, s) => sum + length(s, recording), 0);
  const broken = stages.find((s) => s.error !== undefined);
  const told = (s: StageRecord): string => (names.length > 1 ? `${s.name}: ` : '');
  if (broken) return { outcome: 'error', ms, message: `${told(broken)}${broken.error}` };
  const cut = stages.find((s) => s.to === undefined);
  // The report itself is written before the teardown ends: only an aborted run makes an open stage an error.
  if (cut && recording.aborted) return { outcome: 'error', ms, message: `${told(cut)}${recording.aborted.message}` };
  if (stages.length === 0) return skipped('not reached');
  return { outcome: 'pass', ms, message: `${well} (${formatDuration(ms)})` };
}

function faults(recording: Recording): Outcome {
  const { faults, stages } = recording;
  const stage = stages.find((s) => s.name === 'timeline');
  const ms = faults.reduce((sum, f) => sum + Math.max(0, (f.effective?.at ?? f.requestedAt) - f.requestedAt), 0);
  const idle = faults.find((f) => !f.effective);
  if (idle) return { outcome: 'error', ms, message: `${idle.id}: ${idle.error ?? 'no sign that it took effect'}` };
  if (stage?.error !== undefined) return { outcome: 'error', ms, message: `timeline: ${stage.error}` };
  const stuck = faults.find((f) => f.error !== undefined);
  if (stuck) return { outcome: 'error', ms, message: `${stuck.id} took effect, but ${stuck.error}` };
  if (faults.length > 0) {
    const seen = faults.map((f) => `${f.id}: ${f.effective?.text}`).join('; ');
    return { outcome: 'pass', ms, message: seen };
  }
  return skipped(stage ? 'the scenario injects no fault' : 'not reached');
}

function procedures(recording: Recording): Outcome {
  const { procedures, stages, aborted } = recording;
  const ms = procedures.reduce((sum, p) => sum + (p.endedAt === undefined ? 0 : p.endedAt - p.startedAt), 0);
  const failed = procedures.find((p) => p.verdict === 'failed');
  const idle = procedures.find((p) => p.verdict === 'never started');
  const cut = aborted && (failed ?? idle);
  if (cut) return { outcome: 'error', ms, message: `${cut.name}: ${aborted.message}` };
  if (failed) return { outcome: 'fail', ms, message: `${failed.name}: ${failed.message ?? 'did not reach its aim'}` };
  if (idle)
    return {
      outcome: 'error',
      ms,
      message: `${idle.name}: ${idle.message ?? `never started: ${idle.trigger} did not come`}`,
    };
  if (procedures.length > 0) {
    const steps = procedures.reduce((sum, p) => sum + p.steps.length, 0);
    return {
      outcome: 'pass',
      ms,
      message: `${procedures.map((p) => p.name).join(', ')}: done in ${plural(steps, 'step')}`,
    };
  }
  return skipped(stages.some((s) => s.name === 'timeline') ? 'the scenario has no procedure' : 'not reached');
}

function steps(recording: Recording): Outcome {
  const all = (recording.steps ?? []).filter(({ optional }) => !optional);
  const ms = all.reduce((sum, s) => sum + ((s.endedAt ?? s.startedAt ?? 0) - (s.startedAt ?? 0)), 0);
  if (!recording.stages.some((s) => s.name === 'timeline')) return skipped('not reached');
  const wrong = all.find((s) => s.verdict === 'not met') ?? all.find((s) => s.verdict !== 'met');
  if (!wrong) return { outcome: 'pass', ms, message: `${plural(all.length, 'step')} held` };
  const outcome = wrong.verdict === 'not met' && !idle(recording) ? 'fail' : 'error';
  const why = recording.aborted?.message ?? wrong.why ?? 'a step before it did not hold';
  return { outcome, ms, message: `${wrong.title}: ${wrong.verdict}: ${why}` };
}

/**
 * A run that stopped in the middle has exactly one reason. If no stage carries it, the first one that was not reached
 * does; what comes after it is skipped because of it, except the teardown, which always runs.
 */
function afterTheFirstError(recording: Recording, cases: [StageResult['name'], Outcome][]): StageResult[] {
  const { aborted } = recording;
  const carried = cases.some(([name, c]) => c.outcome === 'error' && name !== 'environment torn down');
  let reason: string | undefined;
  return cases.map(([name, found]) => {
    let outcome = found;
    const unreached = outcome.outcome === 'skipped' && outcome.message === 'not reached';
    if (unreached && aborted && !carried && !reason) outcome = { outcome: 'error', ms: 0, message: aborted.message };
    else if (unreached && reason) outcome = skipped(`not reached: ${reason}`);
    if (outcome.outcome === 'error') reason ??= outcome.message;
    return { name, ...outcome };
  });
}

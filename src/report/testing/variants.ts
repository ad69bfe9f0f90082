/** Results of a matrix, made from one synthetic run by other values. */
import type { Measured } from '../../assertions/types.js';
import type { Result } from '../types.js';
import { inputOf, skippedInput } from './inputs.js';

const { result: base } = inputOf('segfault', 200);
const { result: left } = skippedInput("kill can't work on redis 6.0: it has no signals");

const variant = (label: string) => ({ of: 'server-versions', label });

/** `recovery`: ms until service is back; the phases are stretched to it. `null`: it could not be measured. */
export function variantRun(label: string, recovery: number | 'never' | null, lost = 0, uncertainty = 10): Result {
  const measured: Measured =
    recovery === null
      ? { value: null, why: 'nobody looked' }
      : recovery === 'never'
        ? { value: 'never', note: 'no write was acknowledged' }
        : { value: recovery, uncertainty };
  const values: Record<string, Measured> = { recovery_time: measured, lost_acknowledged_writes: { value: lost } };
  const findings = base.findings.map((f) => {
    const value = values[f.objective] ?? f.measured;
    const met =
      value.value !== null && value.value !== 'never' && (f.limit.op[0] === '>' || value.value <= f.limit.limit);
    return { ...f, measured: value, verdict: value.value === null ? 'inconclusive' : met ? 'pass' : 'fail' } as const;
  });
  const verdict = recovery === null ? 'inconclusive' : findings.some((f) => f.verdict === 'fail') ? 'fail' : 'pass';
  const stretch = typeof recovery === 'number' ? recovery / 3400 : 1;
  const phases = base.phases
    .filter(({ name }) => recovery !== 'never' || name === 'suspected' || name === 'agreed')
    .map((p) => ({ ...p, ms: p.ms * stretch }));
  return {
    ...base,
    sentence: base.sentence.replace(base.scenario.name, `server-versions-${label}`),
    scenario: { ...base.scenario, name: `server-versions-${label}`, variant: variant(label) },
    verdict,
    findings,
    phases: recovery === null ? [] : phases,
    incidents: recovery === null ? [] : base.incidents.map((incident) => ({ ...incident, phases })),
  };
}

/** Its fault hit nobody who served: there are phases all the same, those of the redundancy. */
export function variantUninterrupted(label: string): Result {
  const run = variantRun(label, 0);
  const incidents = run.incidents.map(({ episode: _, phases, ...incident }) => ({
    ...incident,
    phases: phases.filter(({ name }) => name === 'suspected'),
  }));
  return { ...run, incidents, phases: incidents[0]!.phases };
}

export const variantSkipped = (label: string): Result => ({
  ...left,
  sentence: left.sentence.replace(left.scenario.name, `server-versions-${label}`),
  scenario: { ...left.scenario, name: `server-versions-${label}`, variant: variant(label) },
});

import { describe, expect, it } from 'vitest';
import type { StepRecord } from '../recording/deeds.js';
import type { Recording } from '../recording/recording.js';
import { syntheticRecording } from '../recording/testing/synthetic.js';
import { stageResults, stageVerdict } from './stages.js';
import { brokenInput } from './testing/inputs.js';
import { stageNames } from './types.js';

const base = syntheticRecording({ ops: 1 });
const step = (change: Partial<StepRecord> = {}): StepRecord => ({
  id: 'run',
  entry: 'run',
  named: false,
  kind: 'run',
  title: 'PING on node-1',
  expected: 'no error',
  optional: false,
  nodes: ['node-1'],
  attempts: 1,
  startedAt: 10_000,
  endedAt: 10_001,
  verdict: 'met',
  ...change,
});
const outcomes = (change: Partial<Recording>) =>
  Object.fromEntries(stageResults({ ...base, ...change }).map((s) => [s.name, s.outcome]));

describe('the fixed cases', () => {
  it('are always the same six, and one more where the scenario has steps', () => {
    const six = stageNames.filter((name) => name !== 'steps hold');
    expect(stageResults(base).map((s) => s.name)).toEqual(six);
    expect(brokenInput().result.stages.map((s) => s.name)).toEqual(six);
    expect(Object.keys(outcomes({ steps: [step()] }))).toEqual([...stageNames]);
  });

  it.each<[Partial<StepRecord>[], string]>([
    [[{}, { optional: true, verdict: 'not met' }], 'pass'],
    [[{ verdict: 'unknown' }, { verdict: 'not reached' }], 'error'],
    [[{ verdict: 'unknown' }, { verdict: 'not met' }], 'fail'],
  ])('call steps %j: %s', (changes, outcome) => {
    expect(outcomes({ steps: changes.map(step) })['steps hold']).toBe(outcome);
  });

  it('do not blame a step for a fault that did not bite or a run that was stopped', () => {
    const { effective: _, ...fault } = base.faults[0]!;
    const steps = [step({ verdict: 'not met' })];
    expect(outcomes({ steps, faults: [fault] })['steps hold']).toBe('error');
    expect(outcomes({ steps, aborted: { code: 'ENGINE', message: 'gone' } })['steps hold']).toBe('error');
  });

  it('pass when everything went as planned', () => {
    expect(new Set(Object.values(outcomes({})))).toEqual(new Set(['pass']));
  });

  it('call a fault that did not bite an error, and the run inconclusive', () => {
    const { effective: _, ...fault } = base.faults[0]!;
    const stages = stageResults({ ...base, faults: [{ ...fault, error: 'DEBUG is refused' }] });
    expect(stages[2]).toMatchObject({ outcome: 'error', message: 'f1: DEBUG is refused' });
    expect(stageVerdict(stages)).toBe('inconclusive');
  });

  it('call a procedure that missed its aim a failure, and one that never started an error', () => {
    const p = base.procedures[0]!;
    expect(outcomes({ procedures: [{ ...p, verdict: 'failed' }] })['procedure completes']).toBe('fail');
    expect(outcomes({ procedures: [{ ...p, verdict: 'never started' }] })['procedure completes']).toBe('error');
  });

  it('do not blame a procedure for an engine that died', () => {
    const aborted = { code: 'ENGINE', message: 'the container engine is gone' };
    for (const verdict of ['failed', 'never started'] as const) {
      const stages = stageResults({ ...base, aborted, procedures: [{ ...base.procedures[0]!, verdict }] });
      expect(stages[3]).toMatchObject({ outcome: 'error', message: 'restart-node: the container engine is gone' });
      expect(stageVerdict(stages)).toBe('inconclusive');
    }
  });

  it('say "skipped", not "passed", where there was nothing to do', () => {
    expect(outcomes({ procedures: [], faults: [] })).toMatchObject({
      'procedure completes': 'skipped',
      'fault takes effect': 'skipped',
    });
  });

  it('carry an abort exactly once', () => {
    const stages = stageResults({
      ...base,
      stages: base.stages.slice(0, 2),
      faults: [],
      procedures: [],
      aborted: { code: 'ENGINE', message: 'the engine died' },
    });
    expect(stages.filter((s) => s.outcome === 'error').map((s) => s.message)).toEqual(['the engine died']);
    expect(stages.at(-1)!.outcome).toBe('skipped');
  });

  it('do not let a teardown that failed change the verdict', () => {
    const stages = base.stages.map((s) => (s.name === 'teardown' ? { ...s, error: 'a network is still there' } : s));
    const told = stageResults({ ...base, stages });
    expect(told.at(-1)).toMatchObject({ outcome: 'error' });
    expect(stageVerdict(told)).toBe('pass');
  });
});

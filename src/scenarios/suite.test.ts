import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RedrillError } from '../core/errors.js';
import { silent } from '../core/progress.js';
import { planOf } from './plan.js';
import { describeOutcome, exitStatusOf, type Outcome, outcomeJson, runAll } from './suite.js';
import { loadOne } from './testing/write.js';

const runScenario = vi.hoisted(() => vi.fn());
// The engine needs containers; what is tested here is what becomes of its answers.
vi.mock('./run.js', () => ({ runScenario }));

const scenario = await loadOne(`
name: drill
timeline: [{ at: 3s, fault: kill, target: primary }]
objectives: { recovery_time: < 60s }
`);
const plans = ['a', 'b', 'c'].map((seed) => planOf(scenario, { seed }));
const done = (verdict: string): unknown => ({
  folder: `reports/${verdict}`,
  result: { verdict, sentence: `drill: ${verdict}` },
});

function run(signal = new AbortController().signal): Promise<Outcome[]> {
  return runAll(plans, { signal, reportsDir: 'reports', keep: false, progress: async () => silent });
}
const verdicts = (outcomes: Outcome[]): string[] => outcomes.map(({ verdict }) => verdict);

describe('several runs', () => {
  beforeEach(() => void runScenario.mockReset());

  it('go one after another and keep their order', async () => {
    let running = 0;
    runScenario.mockImplementation(async () => {
      expect(++running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return done('pass');
    });
    const outcomes = await run();
    expect(outcomes.map(({ plan }) => plan.seed)).toEqual(['a', 'b', 'c']);
  });

  it('go on after a run that could not find out', async () => {
    runScenario
      .mockResolvedValueOnce(done('pass'))
      .mockRejectedValueOnce(new RedrillError('IMAGE', 'no such image'))
      .mockResolvedValueOnce(done('fail'));
    const outcomes = await run();
    expect(verdicts(outcomes)).toEqual(['pass', 'inconclusive', 'fail']);
    expect(describeOutcome(outcomes[1]!)).toBe('drill: inconclusive, no such image');
    expect(outcomeJson(outcomes[1]!)).toEqual({
      scenario: 'drill',
      seed: 'b',
      verdict: 'inconclusive',
      error: { code: 'IMAGE', message: 'no such image' },
    });
  });

  it('keep a verdict that could not be written down: full disks make no failed drill inconclusive, nor a passed one good', async () => {
    const full = (verdict: string) =>
      Object.assign(new RedrillError('REPORT', 'no space left'), {
        result: { verdict, sentence: `drill: ${verdict}` },
      });
    runScenario
      .mockRejectedValueOnce(full('fail'))
      .mockRejectedValueOnce(full('pass'))
      .mockResolvedValueOnce(done('pass'));
    const outcomes = await run();
    expect(verdicts(outcomes)).toEqual(['fail', 'inconclusive', 'pass']);
    expect(exitStatusOf(outcomes, 3)).toBe(1);
    expect(describeOutcome(outcomes[0]!)).toBe('drill: fail, but no space left');
    expect(outcomeJson(outcomes[0]!)).toMatchObject({ verdict: 'fail', result: { verdict: 'fail' } });
  });

  it('stop when there is no engine', async () => {
    runScenario.mockRejectedValue(new RedrillError('ENGINE', 'no engine'));
    expect(verdicts(await run())).toEqual(['inconclusive']);
  });

  it('stop when interrupted', async () => {
    const stop = new AbortController();
    runScenario.mockImplementation(async () => {
      stop.abort();
      throw new RedrillError('INTERRUPTED', 'interrupted');
    });
    expect(verdicts(await run(stop.signal))).toEqual(['inconclusive']);
  });

  it('do not hide a bug behind a verdict', async () => {
    runScenario.mockRejectedValue(new TypeError('x is undefined'));
    await expect(run()).rejects.toThrow(TypeError);
  });
});

describe('the exit status', () => {
  const of = (...list: Outcome['verdict'][]): Outcome[] => list.map((verdict) => ({ plan: plans[0]!, verdict }));

  it('is 0 only when every planned run passed; fail beats inconclusive beats pass', () => {
    expect(exitStatusOf(of('pass', 'pass'), 2)).toBe(0);
    expect(exitStatusOf(of('pass', 'inconclusive'), 2)).toBe(2);
    expect(exitStatusOf(of('inconclusive', 'fail', 'pass'), 3)).toBe(1);
    expect(exitStatusOf(of('pass'), 2)).toBe(2);
    expect(exitStatusOf([], 1)).toBe(2);
  });

  it('leaves out what was skipped, but is not 0 when nothing else ran', () => {
    expect(exitStatusOf(of('pass', 'skipped'), 2)).toBe(0);
    expect(exitStatusOf(of('skipped', 'fail'), 2)).toBe(1);
    expect(exitStatusOf(of('skipped', 'inconclusive'), 2)).toBe(2);
    expect(exitStatusOf(of('skipped', 'skipped'), 2)).toBe(2);
    expect(exitStatusOf(of('pass', 'skipped'), 3)).toBe(2);
  });
});

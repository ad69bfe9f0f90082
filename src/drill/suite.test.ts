import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RedrillError } from '../core/errors.js';
import { silent } from '../core/progress.js';
import { planOf } from '../scenarios/plan.js';
import { loadOne } from '../scenarios/testing/write.js';
import {
  describeOutcome,
  exitStatusOf,
  type Outcome,
  overviewLines,
  runAll,
  type Suite,
  statusOf,
  suiteJson,
} from './suite.js';

const { runScenario, engineAnswers } = vi.hoisted(() => ({ runScenario: vi.fn(), engineAnswers: vi.fn() }));
// The engine needs containers; what is tested here is what becomes of its answers.
vi.mock('./run.js', () => ({ runScenario }));
vi.mock('../fleet/index.js', () => ({ engineAnswers }));

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

async function run(signal?: AbortSignal): Promise<Outcome[]> {
  return (await all(signal)).outcomes;
}
function all(signal = new AbortController().signal): Promise<Suite> {
  return runAll(plans, { signal, reportsDir: 'reports', keep: false, progress: async () => silent });
}
const verdicts = (outcomes: Outcome[]): string[] => outcomes.map(({ verdict }) => verdict);

describe('several runs', () => {
  beforeEach(() => void runScenario.mockReset());

  it('go one after another and keep their order', async () => {
    let running = 0;
    runScenario.mockImplementation(async () => {
      expect(++running).toBe(1);
      // A turn of the event loop, in which another one could begin.
      await new Promise(setImmediate);
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
    expect(suiteJson({ outcomes, unrun: undefined })[1]).toEqual({
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
    expect(suiteJson({ outcomes, unrun: undefined })[0]).toMatchObject({
      verdict: 'fail',
      result: { verdict: 'fail' },
    });
  });

  const died = { verdict: 'inconclusive', sentence: 'drill: died', aborted: { code: 'ENGINE', message: 'gone' } };

  it('stop when the engine is gone, with one reason for all that were not begun', async () => {
    runScenario.mockResolvedValue({ folder: 'reports/a', result: died });
    engineAnswers.mockRejectedValue(new RedrillError('ENGINE', 'no container engine answers'));
    const suite = await all();
    expect(overviewLines(suite)).toEqual([
      'drill: died',
      '2 drills were not begun (drill, drill): no container engine answers',
    ]);
    expect(suiteJson(suite).slice(1)).toEqual(
      ['b', 'c'].map((seed) => ({
        scenario: 'drill',
        seed,
        verdict: 'inconclusive',
        error: { code: 'ENGINE', message: 'not begun: no container engine answers' },
      })),
    );
    expect(exitStatusOf(suite.outcomes, 3)).toBe(2);
  });

  it('go on when the engine answers again', async () => {
    runScenario.mockResolvedValueOnce({ folder: 'reports/a', result: died }).mockResolvedValue(done('pass'));
    engineAnswers.mockResolvedValue({});
    expect(verdicts(await run())).toEqual(['inconclusive', 'pass', 'pass']);
  });

  it('stop when interrupted', async () => {
    const stop = new AbortController();
    runScenario.mockImplementation(async () => {
      stop.abort();
      throw new RedrillError('INTERRUPTED', 'interrupted');
    });
    expect(verdicts(await run(stop.signal))).toEqual(['inconclusive']);
  });

  it('do not hide a bug behind a verdict, and go on after it: each has an entry', async () => {
    const bug = new TypeError('x is undefined');
    runScenario.mockResolvedValueOnce(done('fail')).mockRejectedValueOnce(bug).mockResolvedValueOnce(done('pass'));
    const suite = await all();
    expect(verdicts(suite.outcomes)).toEqual(['fail', 'inconclusive', 'pass']);
    expect(suite.outcomes[1]!.error).toMatchObject({ code: 'BUG', cause: bug });
    expect(exitStatusOf(suite.outcomes, 3)).toBe(70);
    expect(overviewLines(suite)[1]).toBe('drill: inconclusive, a bug in redrill: x is undefined');
    expect(suiteJson(suite)).toMatchObject([
      { seed: 'a', verdict: 'fail' },
      { seed: 'b', verdict: 'inconclusive', error: { code: 'BUG', message: 'x is undefined' } },
      { seed: 'c', verdict: 'pass' },
    ]);
  });

  it('are no bug where a run could not find out', async () => {
    runScenario.mockRejectedValue(new RedrillError('IMAGE', 'no such image'));
    expect(exitStatusOf(await run(), 3)).toBe(2);
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

  it('is 70 wherever a bug in redrill broke a run off, whatever else was found', () => {
    const result = { verdict: 'inconclusive', aborted: { code: 'BUG', message: 'x is undefined' } } as const;
    expect(statusOf(result)).toBe(70);
    const broken = { plan: plans[0]!, verdict: 'inconclusive', run: { folder: 'reports/a', result } } as Outcome;
    expect(exitStatusOf([...of('fail'), broken], 2)).toBe(70);
    expect(statusOf({ verdict: 'inconclusive', aborted: { code: 'ENGINE', message: 'gone' } })).toBe(2);
  });

  it('leaves out what was skipped, but is not 0 when nothing else ran', () => {
    expect(exitStatusOf(of('pass', 'skipped'), 2)).toBe(0);
    expect(exitStatusOf(of('skipped', 'fail'), 2)).toBe(1);
    expect(exitStatusOf(of('skipped', 'inconclusive'), 2)).toBe(2);
    expect(exitStatusOf(of('skipped', 'skipped'), 2)).toBe(2);
    expect(exitStatusOf(of('pass', 'skipped'), 3)).toBe(2);
  });
});

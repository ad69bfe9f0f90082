import { describe, expect, it } from 'vitest';
import { byUrgency, decisive } from './sentence.js';
import { brokenInput, inputOf } from './testing/inputs.js';

describe('the sentence', () => {
  it('names scenario, verdict, the tightest objective and its budget, and the other question of every reader', () => {
    expect(inputOf('segfault').result.sentence).toBe(
      'primary-segfault passed: service back after 3.4 s of 8 s (57 % of the budget unused), 3 acknowledged writes lost (at most 50 allowed)',
    );
  });

  it('leads with what was missed, and counts the rest', () => {
    expect(inputOf('minority').result.sentence).toMatch(
      /^minority-partition failed: 247 acknowledged writes lost \(at most 50 allowed\), service back after 3.4 s of 8 s$/,
    );
    expect(inputOf('never').result.sentence).toContain('failed: service never came back');
    expect(inputOf('never').result.sentence).toMatch(/1 more objective missed$/);
  });

  it('gives the reason when nothing could be found out', () => {
    expect(brokenInput('the engine does not answer').result.sentence).toBe(
      'primary-segfault is inconclusive: the environment did not start: the engine does not answer',
    );
  });

  it('puts optional objectives last, whatever became of them', () => {
    const { findings } = inputOf('segfault').result;
    const changed = findings.map((f) => (f.limit.optional ? { ...f, verdict: 'fail' as const } : f));
    expect(byUrgency(changed).at(-1)!.objective).toBe('p99_after');
    expect(decisive(changed)!.objective).toBe('recovery_time');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObjectiveSpec, Recording } from '../recording/recording.js';
import { analyse } from '../timeline/analyse.js';
import { drill, opsWith, probesWith } from '../timeline/testing/drills.js';
import { type ObjectiveName, objectives } from './index.js';
import { judge, overall, verdictOf } from './judge.js';
import { parseObjective } from './parse.js';
import { type Finding, type Objective, type Verdict, worst } from './types.js';

const E = 8000;
const spec = (name: string, text: string, optional = false): ObjectiveSpec => ({
  ...parseObjective(name, text),
  optional,
});
/** A limit that anything decent meets. */
const easy = (name: ObjectiveName): ObjectiveSpec => {
  const { unit, better }: Objective = objectives[name];
  const text = {
    duration: '< 1h',
    percent: better === 'lower' ? '< 100%' : '>= 0.1%',
    count: better === 'lower' ? '<= 100000' : '>= 1',
    boolean: 'true',
  }[unit];
  return spec(name, text);
};
const all = (Object.keys(objectives) as ObjectiveName[]).map(easy);
const findings = (recording: Recording): Record<string, Finding> =>
  Object.fromEntries(judge(analyse(recording)).map((f) => [f.objective, f]));
const verdicts = (recording: Recording): Record<string, Verdict> =>
  Object.fromEntries(judge(analyse(recording)).map((f) => [f.objective, f.verdict]));
const { effective: _, ...unbitten } = drill().faults[0]!;

describe('a verdict', () => {
  const verdict = fc.constantFrom<Verdict>('pass', 'fail', 'inconclusive');

  it('of many is fail before inconclusive before pass, in any order', () => {
    fc.assert(
      fc.property(fc.array(verdict), (list) => {
        const expected = list.includes('fail') ? 'fail' : list.includes('inconclusive') ? 'inconclusive' : 'pass';
        expect(worst(list)).toBe(expected);
        expect(worst([...list].reverse())).toBe(expected);
      }),
    );
  });

  it('never passes what was not measured or never came', () => {
    fc.assert(
      fc.property(fc.constantFrom<ObjectiveSpec['op']>('<', '<=', '>', '>=', '=='), fc.nat(), (op, limit) => {
        expect(verdictOf({ value: null, why: '' }, { op, limit })).toBe('inconclusive');
        expect(verdictOf({ value: 'never', note: '' }, { op, limit })).toBe('fail');
      }),
    );
  });

  it.each<[number, number | null, Verdict]>([
    [400, 3000, 'inconclusive'],
    [400, null, 'inconclusive'],
    [1000, 3000, 'fail'],
    [1000, null, 'fail'],
    [400, 999, 'pass'],
  ])('of what lies between %d and %d is clear where both bounds say the same', (value, atMost, verdict) => {
    expect(verdictOf({ value, atMost }, { op: '<', limit: 1000 })).toBe(verdict);
  });
});

describe('judging', () => {
  it('passes a good drill on every objective', () => {
    // Readers of replicas, keys with a time to live, and subscribers are workloads of their own.
    const others = [
      'lost_messages',
      'replica_read_errors',
      'replica_staleness',
      'subscriber_deafness',
      'wrong_expiries',
    ];
    const asked = all.filter(({ name }) => !others.includes(name));
    expect(verdicts(drill('segfault', { objectives: asked }))).toEqual(
      Object.fromEntries(asked.map((o) => [o.name, 'pass'])),
    );
  });

  it('says the measured value, the limit and the margin', () => {
    const f = findings(
      drill('segfault', {
        objectives: [
          spec('recovery_time', '< 8s'),
          spec('lost_acknowledged_writes', '<= 2'),
          spec('data_intact', 'true'),
        ],
      }),
    );
    expect(f.recovery_time!.text).toBe('3.4 s, limit < 8 s, 42.5 % of the budget used');
    expect(f.recovery_time!.measured).toMatchObject({ uncertainty: 15 });
    expect(f.lost_acknowledged_writes!.text).toBe('3, limit <= 2, 1 over, 3 not replicated at the crash');
    expect(f.data_intact!.text).toBe('yes, must be yes, 300 values unchanged, 3 replicas compared');
  });

  it('fails every time that never came', () => {
    const v = verdicts(drill('never', { objectives: all }));
    for (const name of [
      'recovery_time',
      'client_recovery_time',
      'redundancy_restored',
      'time_to_elect',
      'time_to_normal',
      'phase_served',
      'p99_after',
      'nodes_agree',
    ])
      expect([name, v[name]]).toEqual([name, 'fail']);
    for (const name of ['lost_acknowledged_writes', 'rpo_seconds', 'data_intact'])
      expect([name, v[name]]).toEqual([name, 'inconclusive']);
    expect(overall(judge(analyse(drill('never', { objectives: all }))))).toBe('fail');
  });

  it('takes 0 for a recovery that was not needed, and cannot measure an election that was not held', () => {
    const f = findings(drill('replica', { objectives: all }));
    expect(f.recovery_time).toMatchObject({
      verdict: 'pass',
      measured: { value: 0, note: 'service was never interrupted' },
    });
    expect(f.client_recovery_time).toMatchObject({ verdict: 'pass', measured: { value: 0 } });
    expect(f.time_to_elect).toMatchObject({ verdict: 'inconclusive', measured: { why: 'no replica won an election' } });
    expect(f.redundancy_restored).toMatchObject({ verdict: 'pass' });
  });

  it('never meets a latency by leaving out what was not answered', () => {
    const dead = (t: number, i: number) => ({ ok: t < E || i % 3 !== 0, took: 1 });
    const limits = ['< 50ms', '< 1h'].map((text) => spec('p99_during', text));
    const found = (back: number) =>
      judge(
        analyse(
          drill('never', { objectives: limits, ops: opsWith((t) => dead(t < back ? t : 0, Math.round(t / 4) % 3), 4) }),
        ),
      );
    const [missed, open] = found(Number.POSITIVE_INFINITY);
    expect(missed!.verdict).toBe('fail');
    expect(missed!.text).toMatch(
      /^at least \d+\.?\d* s, limit < 50 ms, .* over, \d+ of \d+ operations got no answer at first$/,
    );
    expect(open!.verdict).toBe('inconclusive');
    expect(open!.text).toMatch(/but the limit lies between the least and the most it was/);
    expect(found(E + 2000).map(({ verdict }) => verdict)).toEqual(['fail', 'pass']);
  });

  it('finds the loss of a minority partition', () => {
    const [finding] = judge(analyse(drill('minority', { objectives: [spec('lost_acknowledged_writes', '<= 50')] })));
    expect(finding).toMatchObject({
      verdict: 'fail',
      measured: { note: expect.stringContaining('written to the minority side') },
    });
  });
});

describe('a vacuous run passes nothing', () => {
  const empty = { ops: syntheticEmpty().ops, probes: probesWith(() => false, 0, 0) };
  function syntheticEmpty(): Pick<Recording, 'ops'> {
    const { ops } = drill();
    return { ops: new (ops.constructor as new (shape: typeof ops.shape) => typeof ops)(ops.shape) };
  }

  it.each<[string, Partial<Recording>]>([
    ['no fault took effect', { faults: [{ ...unbitten, error: 'DEBUG is refused' }] }],
    [
      'one of two faults did not take effect',
      { faults: [...drill().faults, { ...unbitten, id: 'f2', error: 'DEBUG is refused' }] },
    ],
    ['there was no fault and no procedure', { faults: [], procedures: [] }],
    ['the run was stopped', { aborted: { code: 'INTERRUPTED', message: 'interrupted' } }],
    ['the set-up failed', { stages: [{ name: 'start', from: 0, to: 100, error: 'node-3 did not start' }] }],
  ])('when %s', (_, change) => {
    const recording = drill('segfault', { objectives: all, ...change });
    expect(new Set(Object.values(verdicts(recording)))).toEqual(new Set(['inconclusive']));
    expect(overall(judge(analyse(recording)), recording)).toBe('inconclusive');
  });

  it('nor does what never came in a drill that was ended early', () => {
    const recording = { ...drill('never', { objectives: [easy('recovery_time')] }), early: 'nothing changed for 7 s' };
    expect(findings(recording).recovery_time).toMatchObject({
      verdict: 'inconclusive',
      measured: { value: null, why: expect.stringContaining('ended early: nothing changed for 7 s (never was seen)') },
    });
  });

  it('nor does a run that was stopped fail: what never came might have come', () => {
    const [procedure] = drill().procedures;
    const recording = drill('never', {
      objectives: all,
      procedures: [{ ...procedure!, verdict: 'failed' }],
      aborted: { code: 'ENGINE', message: 'the container engine is gone' },
    });
    expect(new Set(Object.values(verdicts(recording)))).toEqual(new Set(['inconclusive']));
    expect(overall(judge(analyse(recording)), recording)).toBe('inconclusive');
  });

  it('when nothing was recorded at all', () => {
    const { final: _, ...rest } = drill('segfault', { objectives: all, ...empty, views: [], logs: {} });
    const samples = drill().samples;
    const none = {
      ...rest,
      samples: new (samples.constructor as new (shape: typeof samples.shape) => typeof samples)(samples.shape),
    };
    expect(new Set(Object.values(verdicts(none)))).toEqual(new Set(['inconclusive']));
  });

  it('when probes stopped looking while it counted', () => {
    const blind = drill('replica', { objectives: all, probes: probesWith(() => false, 4000, 8500) });
    const f = findings(blind);
    for (const name of ['recovery_time', 'availability', 'availability_worst_shard'])
      expect([name, f[name]!.verdict]).toEqual([name, 'inconclusive']);
    expect(f.recovery_time!.text).toMatch(/shard 1 was not probed for/);
  });

  it('when a shard was not served before the fault already', () => {
    const dead = drill('replica', { objectives: [easy('recovery_time')], probes: probesWith((t) => t > 5000) });
    expect(findings(dead).recovery_time!.text).toMatch(/shard 1 served nothing in the second before the fault/);
  });

  it('when the owner fell silent and the probes noticed nothing', () => {
    const views = drill().views.filter((v) => v.t < E + 100);
    const odd = drill('segfault', { objectives: [easy('recovery_time')], views, probes: probesWith(() => false) });
    expect(findings(odd).recovery_time).toMatchObject({
      verdict: 'inconclusive',
      text: expect.stringContaining('one of the two is wrong'),
    });
  });

  it('when the workload never went to the affected shard', () => {
    const base = drill('replica', { objectives: all });
    const ops = new (base.ops.constructor as new (shape: typeof base.ops.shape) => typeof base.ops)(base.ops.shape);
    for (let i = 0; i < base.ops.length; i++)
      if (base.ops.at(i, 'shard') !== 1)
        ops.push(Object.fromEntries(Object.keys(base.ops.shape).map((c) => [c, base.ops.at(i, c as never)])) as never);
    const f = findings({ ...base, ops });
    for (const name of [
      'client_recovery_time',
      'lost_acknowledged_writes',
      'rpo_seconds',
      'error_rate',
      'p99_during',
      'p99_after',
    ])
      expect([name, f[name]!.verdict]).toEqual([name, 'inconclusive']);
    expect(f.lost_acknowledged_writes!.text).toMatch(/no acknowledged write of the workload went to shard 1/);
  });

  it('when the harness itself was too late to measure', () => {
    const late = (p99: number, text: string) =>
      findings(drill('segfault', { objectives: [spec('recovery_time', text)], eventLoop: { p99, max: 2 * p99 } }))
        .recovery_time!;
    expect(late(100, '< 8s').verdict).toBe('pass');
    expect(late(900, '< 8s').verdict).toBe('inconclusive');
    expect(late(900, '< 8s').measured).toMatchObject({ value: null });
    expect(late(100, '< 1s').verdict).toBe('fail');
    expect(late(100, '< 3350ms').verdict).toBe('inconclusive');
  });
});

describe('the overall verdict', () => {
  const finding = (verdict: Verdict, optional = false): Finding => ({
    objective: 'x',
    summary: '',
    unit: 'count',
    limit: { name: 'x', op: '<', limit: 1, text: '< 1', optional },
    measured: { value: 0 },
    verdict,
    text: '',
  });

  it('is the worst of the required findings', () => {
    expect(overall([finding('pass'), finding('fail', true)])).toBe('pass');
    expect(overall([finding('pass'), finding('inconclusive'), finding('fail')])).toBe('fail');
  });

  it('passes nothing where nothing is required', () => {
    expect(overall([])).toBe('inconclusive');
    expect(overall([finding('pass', true)])).toBe('inconclusive');
  });

  it('fails with a procedure that failed, and is inconclusive with one that never started', () => {
    const [procedure] = drill().procedures;
    const having = (verdict: 'done' | 'failed' | 'never started') =>
      overall([finding('pass')], drill('segfault', { procedures: [{ ...procedure!, verdict }] }));
    expect([having('done'), having('failed'), having('never started')]).toEqual(['pass', 'fail', 'inconclusive']);
  });

  it('does not let an objective of another version break the rest', () => {
    const unknown = { ...spec('recovery_time', '< 8s'), name: 'of_the_future' };
    const list = judge(analyse(drill('segfault', { objectives: [unknown, spec('recovery_time', '< 8s')] })));
    expect(list.map((f) => f.verdict)).toEqual(['inconclusive', 'pass']);
  });
});

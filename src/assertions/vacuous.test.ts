/** What a drill did not show: beside each planted one a control that differs in nothing else and passes. */
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultRecord } from '../recording/deeds.js';
import type { Recording } from '../recording/recording.js';
import { newFound, newOps, newProbes, OpKind, Status } from '../recording/tables.js';
import { layout, nodes, stories, storyOf } from '../recording/testing/story.js';
import { syntheticRecording } from '../recording/testing/synthetic.js';
import { stageResults } from '../report/stages.js';
import { analyse } from '../timeline/analyse.js';
import { probesWith, quiet } from '../timeline/testing/drills.js';
import { doubtsAbout, judge, overall } from './judge.js';
import { parseObjective } from './parse.js';
import { objectiveRegistry } from './registry.js';
import { defineObjective, type Finding, type Unit } from './types.js';

const E = layout.effective;
const base = syntheticRecording({ ops: 3000, story: storyOf({ ...stories.segfault, tailLost: 0 }) });

function asked(recording: Recording, name: string, limit: string): { finding: Finding; run: string } {
  const whole = { ...recording, objectives: [{ ...parseObjective(name, limit), optional: false }] };
  const findings = judge(analyse(whole));
  return { finding: findings[0]!, run: overall(findings, whole) };
}
const verdict = (recording: Recording, name: string, limit: string): [string, string] => {
  const { finding } = asked(recording, name, limit);
  return [finding.verdict, finding.text];
};
const faulted = (recording: Recording, change: Partial<FaultRecord>): Recording => ({
  ...recording,
  faults: recording.faults.map((fault) => ({ ...fault, ...change })),
});

describe('a fault that could not be healed when it was to be', () => {
  const error = 'it could not be healed: heal broke';
  it('keeps the run from passing, and JUnit says it', () => {
    expect(asked(base, 'recovery_time', '< 8s').run).toBe('pass');
    const stuck = faulted(base, { error });
    const { finding, run } = asked(stuck, 'recovery_time', '< 8s');
    expect([finding.verdict, run]).toEqual(['inconclusive', 'inconclusive']);
    expect(doubtsAbout(stuck)).toEqual(['f1 (segfault) took effect, but it could not be healed: heal broke']);
    expect(stageResults(stuck)).toContainEqual(
      expect.objectContaining({
        name: 'fault takes effect',
        outcome: 'error',
        message: `f1 took effect, but ${error}`,
      }),
    );
    expect(asked(stuck, 'recovery_time', '< 1s').run).toBe('fail');
  });
});

describe('a fault that is said to have stopped a node', () => {
  /** node-1 answers all the time, but where `down` says otherwise. */
  const said = (down: (t: number) => boolean, change: Partial<FaultRecord> = {}): Recording =>
    faulted(quiet({ probes: probesWith(down) }), {
      impact: 'stops',
      targets: ['node-1'],
      healedAt: E + 1000,
      ...change,
    });
  const never = (): boolean => false;
  const lies = 'f1 (segfault) is said to have stopped node-1, which went on answering';

  it('contradicts itself where the node went on answering', () => {
    expect(doubtsAbout(said(never))).toEqual([lies]);
    expect(verdict(said(never), 'recovery_time', '< 8s')).toEqual(['inconclusive', expect.stringContaining(lies)]);
  });

  it('does not where it was silent for a moment, was another process, or was back too soon to be seen', () => {
    const restarted = { t: E + 40, since: E + 20, node: 'node-1', reachable: true, opinions: [], runId: 'another' };
    const quick = said(never);
    for (const recording of [
      said((t) => t >= E && t < E + 6000),
      said((t) => t >= E + 20 && t < E + 30),
      said(never, { impact: 'none' }),
      said(never, { healedAt: E + 100 }),
      { ...quick, views: [...quick.views, restarted] },
    ])
      expect(doubtsAbout(recording)).toEqual([]);
  });

  it('does not where the harness itself did not look for longer than a hiccup', () => {
    const recording = said(never);
    const probes = newProbes();
    for (let i = 0; i < recording.probes.length; i++) {
      const sent = recording.probes.at(i, 'sent');
      if (sent < E + 100 || sent > E + 200) probes.push(rowOf(recording.probes, i));
    }
    expect(doubtsAbout({ ...recording, probes })).toEqual([]);
  });
});

function rowOf<T extends Recording['probes'] | Recording['ops']>(table: T, row: number): never {
  return Object.fromEntries(Object.keys(table.shape).map((c) => [c, table.at(row, c as 'sent')])) as never;
}

/** The same with only those operations that are kept, and what they wrote. */
function only(recording: Recording, keep: (sent: number, nth: number) => boolean): Recording {
  const ops = newOps();
  const found = newFound();
  let nth = 0;
  for (let i = 0; i < recording.ops.length; i++) {
    const mine = recording.ops.at(i, 'shard') === 1 && recording.ops.at(i, 'kind') === OpKind.write;
    if (mine && !keep(recording.ops.at(i, 'sent'), nth++)) continue;
    ops.push(rowOf(recording.ops, i));
    if (recording.ops.at(i, 'kind') === OpKind.write && recording.ops.at(i, 'status') === Status.ok)
      found.push({ client: recording.ops.at(i, 'client'), seq: recording.ops.at(i, 'seq'), count: 1 });
  }
  return { ...recording, ops, found };
}

describe('a load that hardly wrote', () => {
  const none = (recording: Recording) => verdict(recording, 'lost_acknowledged_writes', '== 0');
  const rpo = (recording: Recording) => verdict(recording, 'rpo_seconds', '< 1s');
  it('proves no loss and no RPO by one write before the fault', () => {
    expect([none(base)[0], rpo(base)[0]]).toEqual(['pass', 'pass']);
    const thin = only(base, (sent, nth) => nth === 0 || sent > E);
    for (const [said, text] of [none(thin), rpo(thin)]) {
      expect(said).toBe('inconclusive');
      expect(text).toBe('only 1 acknowledged write of the workload went to shard 1 in the 5 s that count');
    }
    expect(none(only(base, (sent, nth) => nth < 3 || sent > E))[0]).toBe('pass');
  });

  it('nor when it wrote nothing from the fault on', () => {
    const [said, text] = none(only(base, (sent) => sent < E - 100));
    expect([said, text]).toEqual(['inconclusive', expect.stringMatching(/^no write .* shard 1 in the 14 s after the/)]);
  });
});

describe('an RPO of which nothing older was there to lose', () => {
  /** Everything that shard 1 was told before the fault is gone, but what is kept. */
  function wiped(keep: (sent: number) => boolean): Recording {
    const found = newFound();
    for (let i = 0; i < base.ops.length; i++) {
      if (base.ops.at(i, 'kind') !== OpKind.write || base.ops.at(i, 'status') !== Status.ok) continue;
      const sent = base.ops.at(i, 'sent');
      if (base.ops.at(i, 'shard') === 1 && sent < E && !keep(sent)) continue;
      found.push({ client: base.ops.at(i, 'client'), seq: base.ops.at(i, 'seq'), count: 1 });
    }
    return { ...base, found };
  }
  const rpo = (recording: Recording, limit: string) => verdict(recording, 'rpo_seconds', limit);

  it('is a lower bound: a limit below it is missed, one above it neither missed nor met', () => {
    const all = wiped(() => false);
    expect(rpo(all, '< 1s')[0]).toBe('fail');
    expect(rpo(all, '< 8s')).toEqual([
      'inconclusive',
      expect.stringMatching(/^at least [34][.0-9]* s, limit < 8 s, but .*: nothing older was there to lose$/),
    ]);
    const some = wiped((sent) => sent < E - 3500);
    expect(rpo(some, '< 8s')[0]).toBe('pass');
    expect(rpo(some, '< 1s')[0]).toBe('fail');
  });
});

describe('an objective of somebody’s own that returns nonsense', () => {
  const name = 'own_one';
  afterEach(() => {
    delete objectiveRegistry[name];
  });
  const returning = (value: unknown, unit: Unit = 'count', limit = '<= 1') => {
    objectiveRegistry[name] = defineObjective({
      summary: 'nonsense',
      unit,
      better: 'lower',
      measure: () => value as never,
    });
    return verdict(base, name, limit);
  };

  it.each([
    [{ value: -3 }, 'returned −3, which is no count'],
    [{ value: 0.5 }, 'returned 0.5, which is no count'],
    [{ value: 0, atMost: 0.5 }, 'returned 0.5, which is no count'],
    [{ value: '5' }, 'returned {"value":"5"}, which is no measurement'],
    [{ value: undefined }, 'returned {}, which is no measurement'],
    [undefined, 'returned undefined, which is no measurement'],
    ['0', 'returned 0, which is no measurement'],
    [Promise.resolve({ value: 0 }), 'returned a promise, which is no measurement'],
  ])('is inconclusive: %j', (value, text) => {
    expect(returning(value)).toEqual(['inconclusive', `objective own_one ${text}`]);
  });

  it('nor is a promise waited for, or missed when it fails', () => {
    const failing = new Promise((_, reject) => setImmediate(() => reject(new Error('later'))));
    expect(returning(failing)[1]).toBe('objective own_one returned a promise, which is no measurement');
  });

  it('nor a share beyond all; a right one is judged', () => {
    expect(returning({ value: 1.5 }, 'percent', '< 50%')[0]).toBe('inconclusive');
    expect(returning({ value: -0.1 }, 'percent', '< 50%')[0]).toBe('inconclusive');
    expect(returning({ value: 0.1 }, 'percent', '< 50%')[0]).toBe('pass');
    expect(returning({ value: 1 })[0]).toBe('pass');
    expect(returning({ value: 2 })[0]).toBe('fail');
    expect(returning({ value: Number.POSITIVE_INFINITY })).toEqual(['inconclusive', 'the measurement gave no number']);
  });
});

describe('another node that takes over within a hiccup', () => {
  /** node-1 dies; node-4 acknowledges so much later, and the observers saw both. */
  function swift(gap: number, by = 3): Recording {
    const probes = newProbes();
    for (let t = 4000; t < 22_000; t += 10)
      for (const [shard, node] of [1, 2, 3].map((s) => [s, s === 1 && t >= E ? by : s - 1] as const)) {
        const down = shard === 1 && t >= E && t < E + gap;
        probes.push({
          sent: t,
          done: t + 1,
          shard,
          node: down ? 0 : node,
          kind: OpKind.write,
          status: down ? Status.fail : Status.ok,
          error: down ? 2 : 0,
        });
      }
    return { ...base, probes };
  }
  it('is a recovery in less than an outage, and no contradiction', () => {
    expect(nodes[3]!.name).toBe('node-4');
    const { finding } = asked(promptly(swift(30)), 'recovery_time', '< 8s');
    expect([finding.verdict, finding.text]).toEqual([
      'pass',
      expect.stringMatching(/^3\d ms, .*another node took over in less time than counts as an outage$/),
    ]);
  });

  it('contradicts where nobody took over', () => {
    expect(verdict(alone(swift(0, 0)), 'recovery_time', '< 8s')).toEqual([
      'inconclusive',
      expect.stringMatching(/node-1 owned shard 1 and fell silent, but the probes saw no interruption/),
    ]);
  });

  /** Nobody agrees on anything: only node-1 was seen to be silent. */
  const alone = (recording: Recording): Recording => ({
    ...recording,
    views: recording.views.filter((v) => v.t < E || v.node === 'node-1'),
  });

  /** Everybody agrees at once on who leads. */
  function promptly(recording: Recording): Recording {
    const told = recording.views.flatMap((v) => {
      const lead = v.opinions.some(({ about, role }) => about === 'node-4' && role === 'primary');
      return lead && v.t < E + 4000 ? [{ ...v, t: E + 25, since: E + 20 }] : [];
    });
    return { ...recording, views: [...alone(recording).views, ...told].sort((a, b) => a.t - b.t) };
  }
});

it('a procedure that does nothing to the deployment is no incident', () => {
  const alone = (idle?: true): Recording => ({
    ...quiet({ faults: [], probes: probesWith(() => false) }),
    procedures: [
      {
        name: 'none',
        summary: 'do nothing',
        ...(idle && { idle }),
        trigger: 'at 1s',
        startedAt: E,
        endedAt: E + 1,
        steps: [],
        verdict: 'done',
      },
    ],
  });
  expect(verdict(alone(), 'recovery_time', '< 8s')[0]).toBe('pass');
  expect(verdict(alone(true), 'recovery_time', '< 8s')).toEqual([
    'inconclusive',
    'nothing was broken, and none does nothing to the deployment',
  ]);
});

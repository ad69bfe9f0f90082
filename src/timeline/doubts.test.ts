import { describe, expect, it } from 'vitest';
import { judge } from '../assertions/judge.js';
import type { FaultRecord } from '../recording/deeds.js';
import type { Recording, ViewChange } from '../recording/recording.js';
import { keptRecording } from '../recording/testing/kept.js';
import { analyse } from './analyse.js';
import { drill, probesWith, quiet } from './testing/drills.js';

const E = 8000;
const recovery = { name: 'recovery_time', op: '<' as const, text: '< 12s', optional: false };
const restart = (at: number, change: Partial<FaultRecord> = {}): FaultRecord => ({
  ...drill('segfault').faults[0]!,
  id: 'restart',
  type: 'restart',
  impact: 'stops',
  requestedAt: E - 10,
  effective: { at, uncertainty: 5, text: 'node-1: no reply' },
  ...change,
});
/** A server that is away for six seconds after it was asked to restart. */
const away = (at: number, limit: number, change: Partial<FaultRecord> = {}): Recording =>
  quiet({
    faults: [restart(at, change)],
    probes: probesWith((t) => t >= E && t < E + 6000),
    objectives: [{ ...recovery, limit }],
  });
const doubtsOf = (recording: Recording) => analyse(recording).doubts;

describe('a fault that is said to have bitten after what it hit was out of service', () => {
  it('is timed by the outage, and contradicts itself', () => {
    const late = away(E + 5700, 12_000);
    expect(doubtsOf(late)).toEqual([expect.stringMatching(/restart is said to have taken effect 5\.71 s after/)]);
    expect(analyse(late).incidents).toMatchObject([{ fault: 'restart', at: E - 5, episode: { to: E + 6001 } }]);
    expect(judge(analyse(late))[0]).toMatchObject({ verdict: 'inconclusive' });
  });

  it('fails where the outage alone is too long', () => {
    expect(judge(analyse(away(E + 5700, 3000)))[0]).toMatchObject({
      verdict: 'fail',
      text: expect.stringMatching(/^6\.\d+ s/),
    });
  });

  it('also where service was back before the moment it is dated to', () => {
    const after = away(E + 9000, 12_000);
    expect(doubtsOf(after)).toHaveLength(1);
    expect(analyse(after).incidents![0]!.moments.served).toBe(E + 6001);
  });

  it('is none where the two agree, where another shard was out of service, or where nobody is taken away', () => {
    expect(doubtsOf(away(E + 3, 12_000))).toEqual([]);
    expect(judge(analyse(away(E + 3, 12_000)))[0]!.verdict).toBe('pass');
    expect(doubtsOf(away(E + 5700, 12_000, { targets: ['node-5'] }))).toEqual([]);
    expect(doubtsOf(away(E + 9000, 12_000, { impact: 'none' }))).toEqual([]);
  });
});

describe('what happens before the drill has done anything', () => {
  const whole = () => drill('segfault', { objectives: [{ ...recovery, limit: 8000 }] });
  /** The same drill, whose fault is asked for after all of it is over. */
  const later = (change: Partial<Recording> = {}): Recording => ({
    ...whole(),
    faults: [restart(E + 12_000, { requestedAt: E + 11_990, targets: ['node-5'] })],
    procedures: [],
    ...change,
  });

  it('is nothing in a drill that goes as it should', () => {
    expect(doubtsOf(whole())).toEqual([]);
  });

  it('keeps it from passing: a failover, a node held for failed, a new process, a shard out of service', () => {
    const told = doubtsOf(later())!.join('\n');
    expect(told).toMatch(/node-4 took over shard 1 .* before the drill had done anything/);
    expect(told).toMatch(/node-1 was held for failed before/);
    expect(told).toMatch(/node-1 became another process before/);
    expect(told).toMatch(/shard 1 was out of service before/);
    expect(judge(analyse(later())).every(({ verdict }) => verdict !== 'pass')).toBe(true);
  });

  it('counts from the first deed of the drill, a command too', () => {
    const step = {
      id: 's1',
      entry: 'e1',
      named: false,
      kind: 'run' as const,
      title: 'SAVE',
      expected: '',
      optional: false,
      startedAt: E - 100,
      nodes: ['node-1'],
      attempts: 1,
      verdict: 'met' as const,
    };
    expect(doubtsOf(later({ steps: [step] }))).toEqual([]);
  });
});

describe('suspicions of sentinels before the drill has done anything', () => {
  const held = async (about: string, health: 'pfail' | 'fail', over: boolean): Promise<string[]> => {
    const recording = await keptRecording('sentinel-primary-crash');
    const zero = recording.clock.zero!;
    const role = about === 'node-1' ? ('primary' as const) : ('replica' as const);
    const told = (t: number, node: string, now: 'ok' | typeof health): ViewChange => ({
      ...{ t, since: t - 50, node, reachable: true },
      opinions: [{ about, role, health: now, epoch: 0, slots: role === 'primary' ? [[0, 16383]] : [], linked: true }],
    });
    const views = ['sentinel-1', 'sentinel-2'].flatMap((node, i) => [
      told(zero + 100 + i, node, health),
      ...(over ? [told(zero + 200 + i, node, 'ok')] : []),
    ]);
    const all = [...recording.views, ...views].sort((a, b) => a.t - b.t);
    return (analyse({ ...recording, views: all }).doubts ?? []).filter((doubt) => doubt.includes('held for failed'));
  };

  it('cost one of the others nothing when they are over, and are told while they last, or of the primary', async () => {
    expect(await held('node-2', 'pfail', true)).toEqual([]);
    expect(await held('node-2', 'pfail', false)).toEqual([expect.stringMatching(/^node-2 was held for failed before/)]);
    expect(await held('node-1', 'fail', true)).toEqual([expect.stringMatching(/^node-1 was held for failed before/)]);
  });
});

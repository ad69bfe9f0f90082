import { describe, expect, it } from 'vitest';
import type { Recording } from '../recording/recording.js';
import { analyse } from '../timeline/analyse.js';
import { measuringEnd } from '../timeline/measured.js';
import { drill, opsWith, probesWith, quiet } from '../timeline/testing/drills.js';
import { type ObjectiveName, objectives } from './index.js';
import type { Measured } from './types.js';

const E = 8000;
const measured = (name: ObjectiveName, recording: Recording): Measured => objectives[name].measure(analyse(recording));
const final = drill().final!;
const left = (change: Partial<NonNullable<typeof final.left>>) => ({ ...final.left!, ...change });

describe('objectives', () => {
  it('say what they measure in one line', () => {
    for (const [name, { summary }] of Object.entries(objectives)) {
      expect([name, summary.length > 20 && !summary.endsWith('.')]).toEqual([name, true]);
      expect(name).toMatch(/^[a-z][a-z0-9_]+$/);
    }
  });

  it('count recovery from the effect, not from the request', () => {
    const base = quiet({ probes: probesWith((t) => t >= E && t < E + 2000) });
    const early = { ...base, faults: [{ ...base.faults[0]!, requestedAt: E - 300 }] };
    expect(measured('recovery_time', early)).toMatchObject({ value: 2001 });
  });

  it('take a shard that was lost again for good as never recovered', () => {
    const relapse = quiet({ probes: probesWith((t) => (t >= E && t < E + 2000) || t >= E + 5000) });
    expect(measured('recovery_time', relapse)).toMatchObject({
      value: 'never',
      note: expect.stringContaining('came back after 2 s, but shard 1 was lost again'),
    });
  });

  it('do not take a hiccup that measuring ended in for a shard that was lost again', () => {
    const end = measuringEnd(quiet());
    const out = (from: number, to: number) => (t: number) => t >= from && t < to;
    const downIn = (...stretches: ((t: number) => boolean)[]): Recording =>
      quiet({ probes: probesWith((t) => stretches.some((down) => down(t)), 4000, end + 300) });
    expect(measured('recovery_time', downIn(out(E, E + 2000), out(end - 50, end + 40)))).toMatchObject({ value: 2001 });
    expect(measured('recovery_time', downIn(out(E, E + 2000), out(end - 200, end + 40)))).toMatchObject({
      value: 'never',
    });
    expect(measured('recovery_time', downIn(out(end - 50, end + 40)))).toMatchObject({ value: 0 });
  });

  it('take the worst of several incidents', () => {
    const base = quiet({ probes: probesWith((t) => (t >= E && t < E + 1000) || (t >= E + 5000 && t < E + 8000)) });
    const [fault] = base.faults;
    const second = {
      ...fault!,
      id: 'f2',
      requestedAt: E + 4990,
      effective: { at: E + 5000, uncertainty: 5, text: '' },
    };
    expect(measured('recovery_time', { ...base, faults: [fault!, second] })).toMatchObject({ value: 3001 });
  });

  it('give the length of a phase and the time to its end', () => {
    const recording = drill();
    expect(measured('time_to_elect', recording)).toMatchObject({ value: 3300 });
    expect(measured('phase_elected', recording)).toMatchObject({ value: 800 });
  });

  it('count errors as shares of the application', () => {
    const ops = opsWith((t) => ({ ok: t < E || t >= E + 3000, took: 1 }));
    const recording = quiet({ ops });
    const { measured: stretch } = analyse(recording);
    const value = measured('error_rate', recording).value as number;
    expect(value).toBeCloseTo(3000 / (stretch!.to - stretch!.from), 2);
  });

  it('give throughput as a share of what it was before the fault', () => {
    const slow = opsWith((t) => ({ ok: t < E || t >= E + 3000 || t % 8 === 0, took: 1 }));
    const during = measured('throughput_during', quiet({ ops: slow }));
    expect(during.value).toBeCloseTo(0.5, 1);
    expect(during).toMatchObject({ note: expect.stringMatching(/^\d+ of 250\/s$/) });
    expect(measured('throughput_after', quiet({ ops: slow }))).toMatchObject({ value: 1 });
  });

  it('never take a client that sent nothing during the outage for one that did not notice it', () => {
    const pause = opsWith(() => ({ ok: true, took: 1 }), 4, 5000, E);
    const later = opsWith(() => ({ ok: true, took: 1 }), 4, E + 3000, 22_000);
    for (let i = 0; i < later.length; i++) {
      const t = later.at(i, 'intended');
      pause.push({
        intended: t,
        sent: t,
        done: t + 1,
        client: 0,
        profile: 0,
        kind: 1,
        status: 1,
        error: 0,
        shard: 1 + (i % 3),
        slot: 0,
        seq: 10_000 + i,
      });
    }
    const recording = quiet({ ops: pause, probes: probesWith((t) => t >= E && t < E + 2900) });
    expect(measured('client_recovery_time', recording)).toMatchObject({
      value: null,
      why: expect.stringContaining('went to shard 1'),
    });
  });

  it('cannot speak of redundancy where there are no replicas', () => {
    const base = drill();
    expect(
      measured('redundancy_restored', { ...base, topology: { ...base.topology, replicasPerShard: 0 } }),
    ).toMatchObject({ value: null });
  });

  it.each<[string, Partial<typeof final>, Partial<Measured>]>([
    ['a value is missing', { canaries: { written: 9, missing: ['k'], changed: [] } }, { value: 0 }],
    ['a value is changed', { canaries: { written: 9, missing: [], changed: ['k'] } }, { value: 0 }],
    ['a replica differs', { replicas: [{ ...final.replicas[0]!, sameData: false }] }, { value: 0 }],
    ['nothing was written', { canaries: { written: 0, missing: [], changed: [] } }, { value: null }],
    ['no replica was compared', { replicas: [] }, { value: null }],
    ['nobody serves a value that exists', { left: left({ unserved: [{ key: 'k', is: 'unchanged' }] }) }, { value: 0 }],
    ['nobody could be asked for a value', { left: left({ unserved: [{ key: 'k', is: 'unread' }] }) }, { value: 0 }],
    ['all is well', {}, { value: 1 }],
  ])('tell intact data: %s', (_, change, expected) => {
    expect(measured('data_intact', drill('segfault', { final: { ...final, ...change } }))).toMatchObject(expected);
  });

  it.each<[ObjectiveName, string, Partial<typeof final>, Partial<Measured>]>([
    ['values_missing', 'some are', { canaries: { written: 9, missing: ['k', 'l'], changed: ['m'] } }, { value: 2 }],
    ['values_changed', 'one is', { canaries: { written: 9, missing: ['k', 'l'], changed: ['m'] } }, { value: 1 }],
    ['values_missing', 'none is', {}, { value: 0 }],
    [
      'values_missing',
      'one was read from nobody',
      { left: left({ unserved: [{ key: 'k', is: 'unread' }] }) },
      { value: null },
    ],
    [
      'values_missing',
      'one is there, and not served',
      { left: left({ unserved: [{ key: 'k', is: 'unchanged' }] }) },
      { value: 0 },
    ],
    ['values_changed', 'none was written', { canaries: { written: 0, missing: [], changed: [] } }, { value: null }],
    ['replicas_equal', 'one differs', { replicas: [{ ...final.replicas[0]!, sameData: false }] }, { value: 0 }],
    ['replicas_equal', 'none was compared', { replicas: [] }, { value: null }],
    ['replicas_equal', 'all do', {}, { value: 1 }],
  ])('tell %s: %s', (name, _, change, expected) => {
    expect(measured(name, drill('segfault', { final: { ...final, ...change } }))).toMatchObject(expected);
  });

  it.each([
    'slots_covered',
    'nodes_agree',
    'replicas_equal',
    'data_intact',
    'values_missing',
    'values_changed',
  ] as const)('do not know what a drill had left where redrill healed before it looked: %s', (name) => {
    const { left: _, ...asOfOld } = final;
    const [fault] = drill().faults;
    const open = drill('segfault', { final: asOfOld, faults: [{ ...fault!, healedAt: 23_450 }] });
    expect(measured(name, open)).toMatchObject({
      value: null,
      why: expect.stringMatching(/redrill had ended f1 itself/),
    });
    const ended = drill('segfault', { final: asOfOld, faults: [{ ...fault!, healedAt: 9000 }] });
    expect(measured(name, ended).value).not.toBeNull();
  });

  it('find wrong data wrong even when no fault took effect', () => {
    const { effective: _, ...idle } = drill().faults[0]!;
    const broken = drill('segfault', { faults: [idle], final: { ...final, nodesAgreeing: 5 } });
    expect(measured('nodes_agree', broken)).toMatchObject({ value: 0 });
    for (const name of ['nodes_agree', 'values_missing', 'values_changed', 'replicas_equal'] as const)
      expect(measured(name, drill('segfault', { faults: [idle] }))).toMatchObject({ value: null });
  });
});

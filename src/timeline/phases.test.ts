import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Recording } from '../recording/recording.js';
import { stories, syntheticRecording } from '../recording/testing/synthetic.js';
import { analyse } from './analyse.js';
import { lineUp } from './phases.js';
import { drill } from './testing/drills.js';
import { type PhaseName, phaseNames } from './types.js';

const E = 8000;

describe('phases', () => {
  it('are contiguous, never negative, and add up, whatever the witnesses say', () => {
    const moment = fc.option(fc.record({ at: fc.integer({ min: 500, max: 9000 }), uncertainty: fc.nat(50) }), {
      nil: undefined,
    });
    fc.assert(
      fc.property(fc.tuple(...phaseNames.map(() => moment)), (moments) => {
        const found = Object.fromEntries(
          phaseNames.flatMap((name, i) => (moments[i] ? [[name, { ...moments[i], witness: 'x' }]] : [])),
        );
        const phases = lineUp(1000, found, undefined, 5);
        let from = 1000;
        for (const p of phases) {
          expect(p.from).toBe(from);
          expect(p.ms).toBe(p.at - p.from);
          expect(p.ms).toBeGreaterThanOrEqual(0);
          from = p.at;
        }
        expect(phases.map((p) => p.name)).toEqual(phaseNames.filter((n) => n in found));
        const whole = phases.reduce((n, p) => n + p.ms, 0);
        expect(whole).toBe(phases.length > 0 ? Math.max(1000, ...phases.map((p) => found[p.name]!.at)) - 1000 : 0);
      }),
    );
  });

  it('say when a witness saw them clearly out of order', () => {
    const at = (t: number) => ({ at: t, uncertainty: 10, witness: 'x' });
    const note = (elected: number, promoted: number) =>
      lineUp(0, { elected: at(elected), promoted: at(promoted) }, undefined, 0)[1]!.note;
    expect(note(100, 90)).toBeUndefined();
    expect(note(100, 60)).toBe('seen 40 ms before the phase before it ended');
  });

  it('of a crashed primary are found where they were, by the better witness', () => {
    const { phases, moments, incidents } = analyse(drill('segfault'));
    const story = stories.segfault;
    expect(phases.map((p) => p.name)).toEqual([...phaseNames]);
    expect(moments.suspected! - E).toBeCloseTo(story.suspected - 25, 0);
    expect(moments.agreed! - E).toBe(story.agreed);
    expect(moments.elected! - E).toBe(story.elected);
    expect(Math.abs(moments.promoted! - E - story.promoted!)).toBeLessThanOrEqual(25);
    expect(moments.served! - E).toBeGreaterThanOrEqual(story.served! - 6);
    expect(moments.served! - E).toBeLessThanOrEqual(story.served! + 12);
    expect(Math.abs(moments.redundant! - E - story.redundant!)).toBeLessThanOrEqual(30);
    expect(phases.map((p) => p.witness).slice(1, 5)).toEqual([
      'server log of node-3',
      'server log of node-4',
      'observer on node-4',
      'probe of shard 1',
    ]);
    expect(phases.filter((p) => p.fit !== undefined).every((p) => p.fit === 'in range')).toBe(true);
    expect(phases.find((p) => p.name === 'elected')!.predicted).toMatchObject({ min: 675, max: 975 });
    expect(incidents![0]!.predictedRecovery).toMatchObject({ min: 2500, max: 5300 });
  });

  it('of an isolated primary count from the cut, not from when it noticed', () => {
    const { moments } = analyse(drill('minority'));
    expect(moments.suspected! - E).toBeCloseTo(2375, 0);
    expect(moments.served! - E).toBeGreaterThan(3390);
    expect(moments.redundant! - E).toBeGreaterThan(10_400);
  });

  it('count from a change: who suspected the target before it was hit, of something else, says nothing new', () => {
    const base = drill('segfault', { logs: {} });
    const first = base.views.find(
      (v) => v.t > E && v.opinions.some((o) => o.about === 'node-1' && o.health === 'pfail'),
    )!;
    const opinions = first.opinions.filter((o) => o.about === 'node-1');
    // It has lost sight of node-1 since long before, and another line of its view changes when node-1 is hit.
    const older = { ...first, t: E - 2600, since: E - 2650, opinions };
    const again = { ...first, t: E + 60, since: E + 10, opinions: opinions.map((o) => ({ ...o, linked: false })) };
    const views = [...base.views, older, again].sort((a, b) => a.t - b.t);
    const { moments } = analyse({ ...base, views });
    expect(moments.suspected! - E).toBeCloseTo(stories.segfault.suspected + 12 - 25, 0);
  });

  it('stop where the recovery stopped', () => {
    const { phases, moments } = analyse(drill('never'));
    expect(phases.map((p) => p.name)).toEqual<PhaseName[]>(['suspected', 'agreed']);
    expect(moments.served).toBeUndefined();
  });

  it('of a crashed replica have no election and no outage', () => {
    const { phases, moments } = analyse(drill('replica'));
    expect(phases.map((p) => p.name)).toEqual<PhaseName[]>(['suspected', 'agreed', 'redundant', 'normal']);
    expect(Math.abs(moments.redundant! - E - 6000)).toBeLessThanOrEqual(30);
  });

  it('take the middle between two polls where no log speaks', () => {
    const { moments, phases } = analyse(drill('segfault', { logs: {} }));
    expect(moments.agreed! - E).toBeCloseTo(2490, 0);
    expect(phases.find((p) => p.name === 'agreed')).toMatchObject({ witness: 'observer on node-2' });
    expect(moments.elected).toBeUndefined();
    // Counted from an election that nobody saw a prediction would be wrong.
    expect(phases.find((p) => p.name === 'promoted')!.predicted).toBeUndefined();
  });
});

describe('phases of several faults at nearly the same time', () => {
  const base = drill('segfault');
  const id = (name: string): string => base.topology.nodes.find((node) => node.name === name)!.id;
  const hit = (targets: string[], at: number): Recording['faults'][number] => ({
    ...base.faults[0]!,
    id: targets.join(),
    targets,
    effective: { at, uncertainty: 5, text: 'it bit' },
  });
  /** Servers that speak of another node too, from these moments on. */
  const also = (name: string, { suspected, failed, won }: { suspected: number; failed: number; won?: number }) => {
    const seen = base.views.find(
      (v) => v.t > E && v.opinions.some((o) => o.about === 'node-1' && o.health === 'pfail'),
    )!;
    const opinions = seen.opinions.map((o) => ({ ...o, about: name }));
    const view = { ...seen, node: 'node-3', t: E + suspected, since: E + suspected, opinions };
    const lines = (t: number, text: string) => [{ t: E + t, text: `1:M 12 Mar 2025 10:00:11.300 * ${text}` }];
    const logs = {
      ...base.logs,
      'node-3': [...base.logs['node-3']!, ...lines(failed, `Marking node ${id(name)} as failing (quorum reached).`)],
      'node-5': [...base.logs['node-5']!, ...(won ? lines(won, "Failover election won: I'm the new master.") : [])],
    };
    return { logs, views: [...base.views, view].sort((a, b) => a.t - b.t) };
  };
  const momentsOf = (change: Partial<Recording>) => {
    const { suspected, agreed, elected } = analyse({ ...base, ...change }).moments;
    return [suspected! - E, agreed! - E, elected! - E];
  };
  const { suspected, agreed, elected } = stories.segfault;

  it('are those of the primary whose shard was out of service, not of a replica that fell silent beside it', () => {
    const faults = [hit(['node-1'], E), hit(['node-5'], E + 40)];
    expect(momentsOf({ faults, ...also('node-5', { suspected: 2050, failed: 4200 }) })).toEqual([
      suspected - 25,
      agreed,
      elected,
    ]);
  });

  it('are those of the shard that was led again last', () => {
    const faults = [hit(['node-1', 'node-2'], E)];
    const told = (won: number) => momentsOf({ faults, ...also('node-2', { suspected: 2050, failed: 2150, won }) });
    // node-2 is the first to suspect it otherwise, and is dead.
    expect(told(2900)).toEqual([suspected + 12 - 25, agreed, elected]);
    expect(told(3350)).toEqual([2050, 2150, 3350]);
  });
});

describe('the prediction of a drill', () => {
  const guarded = (replicasOfShard1: number) => {
    const base = drill('segfault');
    const more = base.topology.nodes.find(({ name }) => name === 'node-4')!;
    const nodes = [
      ...base.topology.nodes,
      ...Array.from({ length: replicasOfShard1 - 1 }, (_, i) => ({ ...more, name: `extra-${i}`, id: `${i}` })),
    ];
    const config = { ...base.topology.config, 'min-replicas-to-write': '1' };
    return analyse({ ...base, topology: { ...base.topology, nodes, config } });
  };
  const served = ({ phases }: ReturnType<typeof analyse>) => phases.find(({ name }) => name === 'served')!;

  it('leaves the new primary time to be followed, where it may not serve alone', () => {
    const analysis = guarded(2);
    expect(served(analysis).predicted).toMatchObject({ max: 2400 });
    expect(analysis.incidents![0]!.predictedRecovery).toMatchObject({ max: 7400 });
  });

  it('is silent, and says why, where too few replicas are left to follow it', () => {
    const analysis = guarded(1);
    expect(served(analysis).predicted).toBeUndefined();
    expect(served(analysis).note).toContain('min-replicas-to-write 1 keeps the new primary from serving');
    expect(analysis.incidents![0]!.predictedRecovery).toBeUndefined();
  });

  describe('of the agreement', () => {
    const { restarted: _, ...crashed } = stories.segfault;
    const story = { ...crashed, agreed: 9000, elected: 9800, promoted: 9810, served: 9900, redundant: 12_000 };
    const slow = syntheticRecording({ story, ops: 3000 });
    /** A second of the three primaries does not answer in this stretch. */
    const without = (from: number, to: number) => {
      const look = (t: number, reachable: boolean): Recording['views'][number] => ({
        t: E + t,
        since: E + t - 50,
        node: 'node-2',
        reachable,
        opinions: [],
      });
      const views = [...slow.views, look(from, false), look(to, true)].sort((a, b) => a.t - b.t);
      return analyse({
        ...slow,
        views: views.filter((v) => v.node !== 'node-2' || v.t <= E || v.t >= E + to || v.t === E + from),
      });
    };
    const agreement = ({ phases }: ReturnType<typeof analyse>) => phases.find(({ name }) => name === 'agreed')!;

    it('waits for a majority, and says until when there was none', () => {
      const analysis = without(30, 8600);
      expect(agreement(analysis)).toMatchObject({
        fit: 'in range',
        predicted: { rule: expect.stringContaining('no majority could agree until 8.6 s after the fault took effect') },
      });
      expect(analysis.incidents![0]!.predictedRecovery!.max).toBeGreaterThan(9900);
    });

    it('calls it late where the majority was there, all the time or again for longer than an agreement takes', () => {
      expect(agreement(analyse(slow))).toMatchObject({ fit: 'late' });
      expect(agreement(analyse(slow)).predicted!.rule).not.toContain('majority could');
      expect(agreement(without(30, 4000))).toMatchObject({ fit: 'late' });
    });
  });
});

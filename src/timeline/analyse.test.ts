import { describe, expect, it } from 'vitest';
import type { FaultRecord } from '../recording/deeds.js';
import type { Recording } from '../recording/recording.js';
import { newSamples } from '../recording/tables.js';
import { analyse } from './analyse.js';
import { drill, opsWith, probesWith, quiet } from './testing/drills.js';

const E = 8000;
const fault = (id: string, at: number): FaultRecord => ({
  ...drill('segfault').faults[0]!,
  id,
  requestedAt: at - 10,
  effective: { at, uncertainty: 5, text: 'it bit' },
});

describe('the analysis', () => {
  it('is made once per recording', () => {
    const recording = drill();
    expect(analyse(recording)).toBe(analyse(recording));
  });

  it('has the windows before, during and after, one behind the other', () => {
    const { windows, moments, latency } = analyse(drill());
    expect(windows.map((w) => w.name)).toEqual(['before', 'during', 'after']);
    expect(windows[0]).toMatchObject({ from: 5000, to: E });
    expect(windows[1]!.to).toBe(moments.client);
    expect(windows[2]).toMatchObject({ from: windows[1]!.to, to: 22_000 });
    expect(latency!.during!.count).toBeGreaterThan(0);
  });

  it('has no time after a disturbance that did not end', () => {
    expect(analyse(drill('never')).windows.map((w) => w.name)).toEqual(['before', 'during']);
  });

  it('takes availability from the effect until the drill had settled', () => {
    const { measured, availability } = analyse(drill());
    expect(measured).toEqual({ from: E, to: 22_000 });
    expect(availability!.perShard[1]).toBeCloseTo(1 - 3400 / 14_000, 2);
    expect(availability!.worst).toBe(availability!.perShard[1]);
    expect(availability!.cluster).toBeCloseTo((availability!.perShard[1]! + 2 * availability!.perShard[2]!) / 3, 2);
  });

  it('is empty but whole for a run that never got to its fault', () => {
    const blank = drill('segfault', {
      faults: [],
      procedures: [],
      views: [],
      logs: {},
      stages: [],
      ops: opsWith(() => ({ ok: true, took: 1 }), 4, 5000, 5001),
      probes: probesWith(() => false, 0, 0),
      topology: { ...drill().topology, nodes: [], shards: [] },
    });
    const analysis = analyse(blank);
    expect(analysis).toMatchObject({ incidents: [], phases: [], outages: [], windows: [], affectedShards: [] });
    expect(analysis.effective).toBeUndefined();
    expect(analysis.measured).toBeUndefined();
  });

  it('counts from the first procedure when the plan has no fault: a manual fail-over is its own disturbance', () => {
    const base = quiet({ faults: [], probes: probesWith((t) => t >= E && t < E + 90) });
    const steps = [{ at: E, took: 80, title: 'FAILOVER', node: 'node-4', ok: true }];
    const procedures: Recording['procedures'] = [
      { name: 'failover', summary: '', trigger: 'at 3s', startedAt: E, steps, verdict: 'done' },
    ];
    const { effective, moments, phases } = analyse({ ...base, procedures });
    expect(effective).toMatchObject({ at: E, fault: 'failover' });
    expect(moments.served).toBe(E + 91);
    expect(phases[0]!.name).toBe('served');
    expect(phases[0]!.predicted).toBeUndefined();
    const smooth = {
      ...base,
      probes: probesWith(() => false),
      ops: opsWith(() => ({ ok: true, took: 1 })),
      samples: newSamples(),
    };
    const ended = [{ ...procedures[0]!, endedAt: E + 200 }];
    expect(analyse({ ...smooth, procedures: ended }).windows).toMatchObject([
      {},
      { name: 'during', to: E + 200 },
      { name: 'after' },
    ]);
  });

  it('ends what interrupts nothing with the procedure that cures it, though nobody heals the fault before the end', () => {
    const smooth = quiet({
      faults: [{ ...fault('slow', E), healedAt: 22_050 }],
      probes: probesWith(() => false),
      ops: opsWith(() => ({ ok: true, took: 1 })),
      samples: newSamples(),
    });
    expect(analyse(smooth).windows).toMatchObject([{}, { name: 'during', to: 22_000 }]);
    const cure = { name: 'cure', summary: '', trigger: 'at 3s', startedAt: E + 3000, endedAt: E + 3100, steps: [] };
    const windows = (verdict: 'done' | 'failed') => analyse({ ...smooth, procedures: [{ ...cure, verdict }] }).windows;
    expect(windows('done')).toMatchObject([{}, { name: 'during', to: E + 3100 }, { name: 'after' }]);
    expect(windows('failed')).toMatchObject([{}, { name: 'during', to: 22_000 }]);
  });

  it('makes one incident of faults that bite before service is back, two of others', () => {
    const down = (t: number) => t >= E && t < E + 3000;
    const at = (second: number, away = down) =>
      analyse(quiet({ faults: [fault('a', E), fault('b', second)], probes: probesWith(away) })).incidents!;
    expect(at(E + 1000)).toMatchObject([{ fault: 'a', episode: { to: E + 3001 } }]);
    expect(at(E + 6000)).toMatchObject([{ fault: 'a' }, { fault: 'b' }]);
    const twice = at(E + 6000, (t) => down(t) || (t >= E + 6000 && t < E + 7000));
    expect(twice.map((i) => i.moments.served)).toEqual([E + 3001, E + 7001]);
  });

  it('never counts what came back because the harness healed it at the end', () => {
    const probes = probesWith((t) => t >= E && t < 22_050, 4000, 22_100);
    const { moments, incidents, outages } = analyse(quiet({ faults: [fault('a', E)], probes }));
    expect(outages[0]!.to).toBe(22_051);
    expect(moments.served).toBeUndefined();
    expect(incidents![0]!.episode).toEqual({ from: E - 5 });
  });

  it('gives an outage to the fault that caused it, though it seems to begin half a period before it', () => {
    const down = (t: number) => t >= E + 6000;
    const incidents = analyse(quiet({ faults: [fault('a', E), fault('b', E + 6000)], probes: probesWith(down) }))
      .incidents!;
    expect(incidents.map((i) => i.episode?.from)).toEqual([undefined, E + 5995]);
  });

  it('does not call service back that is gone again half a second later', () => {
    const flapping = (t: number) => t >= E && t < E + 3000 && !(t >= E + 1000 && t < E + 1300);
    expect(analyse(quiet({ faults: [fault('a', E)], probes: probesWith(flapping) })).moments.served).toBe(E + 3001);
  });

  it('notes a split brain', () => {
    expect(analyse(drill('minority')).notes.join()).toMatch(
      /split brain: node-1 acknowledged 230 probe writes on shard 1/,
    );
    expect(analyse(drill('segfault')).notes).toEqual([]);
  });
});

describe('the story', () => {
  it('tells each thing once, in order, with who saw it', () => {
    const { events } = analyse(drill());
    expect(events.every((e, i) => i === 0 || e.t >= events[i - 1]!.t)).toBe(true);
    const of = (kind: string) => events.filter((e) => e.kind === kind);
    expect(of('failed')).toHaveLength(1);
    expect(of('failed')[0]).toMatchObject({
      text: 'node-1 is marked as failed (FAIL)',
      witness: expect.stringMatching(/^server log of node-\d and 4 more nodes$/),
    });
    expect(of('suspected')).toHaveLength(1);
    expect(of('promoted').map((e) => e.text)).toEqual(['node-4 is primary now']);
    expect(of('demoted').map((e) => e.text)).toEqual(['node-1 becomes a replica of node-4']);
    expect(of('outage').map((e) => e.shard)).toEqual([1, 2, 3]);
    expect(of('service')).toHaveLength(3);
    expect(of('election').map((e) => e.text)).toContain("Failover election won: I'm the new master.");
    expect(of('effective')[0]!.text).toContain('exited with 139');
    expect(of('redundant')).toHaveLength(1);
  });

  it('says that a fault did not take effect', () => {
    const { effective: _, ...idle } = drill().faults[0]!;
    const { events } = analyse(drill('segfault', { faults: [{ ...idle, error: 'DEBUG is refused' }] }));
    expect(events.map((e) => e.text)).toContain('segfault did not take effect: DEBUG is refused');
  });

  it('has one line for a node that loses sight of all others', () => {
    const lines = analyse(drill('minority')).events.filter((e) => e.kind === 'suspected' && e.node === 'node-1');
    expect(lines.map((e) => e.text)).toEqual(['node-2, node-3, node-4, node-5, node-6 are suspected (PFAIL)']);
  });
});

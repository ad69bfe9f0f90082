import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newProbes, OpKind, Status } from '../workload/tables.js';
import { ownershipOf } from './majority.js';
import { blindness, serviceOf } from './outages.js';
import { drill, probesWith, quiet } from './testing/drills.js';

const outagesWith = (down: (t: number) => boolean) => {
  const recording = quiet({ probes: probesWith(down) });
  return serviceOf(recording, ownershipOf(recording)).outages;
};

describe('outages from probes', () => {
  it('are found where service was away, right to half a period at the start and one at the end', () => {
    // Stretches without service of 90 ms and more, at least 100 ms apart, at any phase of the probes.
    const pattern = fc.array(
      fc.tuple(fc.double({ min: 100, max: 900, noNaN: true }), fc.double({ min: 90, max: 700, noNaN: true })),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(pattern, (gaps) => {
        let t = 5100;
        const away = gaps.map(([up, down]) => {
          const from = t + up;
          t = from + down;
          return { from, to: t };
        });
        const found = outagesWith((at) => away.some((a) => at >= a.from && at < a.to));
        expect(found).toHaveLength(away.length);
        found.forEach((o, i) => {
          expect(Math.abs(o.from - away[i]!.from)).toBeLessThanOrEqual(5.001);
          expect(o.to! - away[i]!.to).toBeGreaterThanOrEqual(0);
          expect(o.to! - away[i]!.to).toBeLessThanOrEqual(11.001);
        });
      }),
    );
  });

  it('shorter than five periods are not outages', () => {
    expect(outagesWith((t) => t >= 8000 && t < 8045)).toEqual([]);
    expect(outagesWith((t) => t >= 8000 && t < 8065)).toHaveLength(1);
  });

  it('that do not end have no end', () => {
    const [outage, ...more] = outagesWith((t) => t >= 8000);
    expect(more).toEqual([]);
    expect(outage).toMatchObject({ shard: 1, from: 7995, answers: { CLUSTERDOWN: 1400 } });
    expect(outage!.to).toBeUndefined();
  });

  it('are not read out of probes that were never sent', () => {
    const recording = quiet({ probes: probesWith(() => false) });
    const table = newProbes();
    const { probes } = recording;
    for (let i = 0; i < probes.length; i++) {
      const sent = probes.at(i, 'sent');
      if (sent < 8000 || sent > 9000)
        table.push({
          sent,
          done: sent + 1,
          shard: probes.at(i, 'shard'),
          node: probes.at(i, 'node'),
          kind: OpKind.write,
          status: Status.ok,
          error: 0,
        });
    }
    const stalled = { ...recording, probes: table };
    const service = serviceOf(stalled, ownershipOf(stalled));
    expect(service.outages).toEqual([]);
    expect(blindness(stalled, service.probes.get(1), 7000, 10_000)).toBe(1020);
  });

  it('are not read out of one probe that was out while the harness stalled', () => {
    const probes = newProbes();
    for (let t = 4000; t < 22_000; t += 10)
      if (t <= 8000 || t > 8200)
        probes.push({
          sent: t,
          done: t === 8000 ? 8205 : t + 1,
          shard: 1,
          node: 0,
          kind: OpKind.write,
          status: Status.ok,
          error: 0,
        });
    const recording = quiet({ probes });
    expect(serviceOf(recording, ownershipOf(recording)).outages).toEqual([]);
  });

  it('count a write that was held back as an outage although it was answered with OK', () => {
    const probes = probesWith(() => false);
    for (let i = 0; i < probes.length; i++) {
      const sent = probes.at(i, 'sent');
      if (probes.at(i, 'shard') === 1 && sent >= 8000 && sent < 8200) probes.set(i, 'done', 8200);
    }
    const recording = quiet({ probes });
    expect(serviceOf(recording, ownershipOf(recording)).outages).toMatchObject([
      { shard: 1, from: 7995, to: 8200, answers: { 'OK, but late': 14 } },
    ]);
  });

  it('do not depend on the order of the rows', () => {
    const recording = drill('segfault');
    const { probes } = recording;
    const shuffled = newProbes();
    const order = Array.from({ length: probes.length }, (_, i) => i).sort(
      (a, b) => ((a * 7919) % 1009) - ((b * 7919) % 1009),
    );
    for (const i of order)
      shuffled.push({
        sent: probes.at(i, 'sent'),
        done: probes.at(i, 'done'),
        shard: probes.at(i, 'shard'),
        node: probes.at(i, 'node'),
        kind: probes.at(i, 'kind'),
        status: probes.at(i, 'status'),
        error: probes.at(i, 'error'),
      });
    const ownership = ownershipOf(recording);
    expect(serviceOf({ ...recording, probes: shuffled }, ownership).outages).toEqual(
      serviceOf(recording, ownership).outages,
    );
  });

  it('last while only an isolated primary answers, and its answers are evidence of split brain', () => {
    const recording = drill('minority');
    const { outages, splitBrain } = serviceOf(recording, ownershipOf(recording));
    const first = outages.find((o) => o.shard === 1)!;
    expect(first.from).toBeCloseTo(7995, 0);
    expect(first.to! - 8000).toBeGreaterThan(3390);
    expect(splitBrain).toMatchObject([{ node: 'node-1', shard: 1, count: 230 }]);
  });

  it('last while an owner that is back is still flagged FAIL, which is no split brain', () => {
    const { views } = drill('segfault');
    const before = views.flatMap((v) => v.opinions).find((o) => o.about === 'node-1')!;
    const nobodyElected = views
      .filter((v) => v.node === 'node-2' || v.node === 'node-3')
      .map((v) => ({
        ...v,
        opinions: v.opinions
          .filter((o) => o.about !== 'node-4')
          .map((o) => (o.about === 'node-1' ? { ...before, health: o.health } : o)),
      }));
    const recording = { ...quiet(), views: nobodyElected };
    const { outages, splitBrain } = serviceOf(recording, ownershipOf(recording));
    expect(outages).toMatchObject([{ shard: 1 }]);
    expect(outages[0]!.to! - outages[0]!.from).toBeGreaterThan(1000);
    expect(splitBrain).toEqual([]);
  });

  it('are none, nor is there a split brain, when a replica crashes', () => {
    const recording = drill('replica');
    expect(serviceOf(recording, ownershipOf(recording))).toMatchObject({ outages: [], splitBrain: [] });
  });

  it('that were over before the drill began are left out', () => {
    expect(outagesWith((t) => t > 4100 && t < 4900)).toEqual([]);
  });

  it('reach the end when a shard was never served at all', () => {
    expect(outagesWith(() => true)).toMatchObject([{ shard: 1, from: 4000 }]);
  });
});

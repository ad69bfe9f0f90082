import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newProbes, OpKind, Status } from '../recording/tables.js';
import { blindness, serviceOf } from './outages.js';
import { ownershipOf } from './ownership.js';
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
      { numRuns: 40 },
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

  it('are told by what a starved harness was answered, not by what it had no time to read', () => {
    const [down, moved] = [1, 4];
    /** From 8000 to 9000 node-1 was asked four times only. */
    const starved = (error: number, ok = false) => {
      const probes = newProbes();
      for (let t = 5000; t < 12_000; t += 10) {
        const short = t >= 8000 && t < 9000;
        if (short && t % 250 !== 100) continue;
        const status = !short || ok ? Status.ok : Status.fail;
        const done = t + (short ? 150 : 1);
        probes.push({
          sent: t,
          done,
          shard: 1,
          node: 0,
          kind: OpKind.write,
          status,
          error: status === Status.ok ? 0 : error,
        });
      }
      const recording = quiet({ probes });
      return serviceOf(recording, ownershipOf(recording)).outages;
    };
    expect(starved(down)).toMatchObject([{ shard: 1, answers: { CLUSTERDOWN: 4 } }]);
    // Another node may have served, and the answers may only have been read late.
    expect(starved(moved)).toEqual([]);
    expect(starved(down, true)).toEqual([]);
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

  it('of one shard never overlap, whenever answers come', () => {
    const delays = fc.array(fc.record({ at: fc.nat(1500), span: fc.integer({ min: 20, max: 400 }) }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(delays, (late) => {
        const probes = newProbes();
        for (let t = 4000; t < 8000; t += 10) {
          const held = late.find(({ at, span }) => t >= 5100 + at && t < 5100 + at + span);
          const done = held ? 5100 + held.at + held.span + 1 : t + 1;
          probes.push({ sent: t, done, shard: 1, node: 0, kind: OpKind.write, status: Status.ok, error: 0 });
        }
        const recording = quiet({ probes });
        const { outages } = serviceOf(recording, ownershipOf(recording));
        outages.forEach((o, i) => {
          expect(o.from).toBeLessThan(o.to ?? Number.POSITIVE_INFINITY);
          expect(o.from).toBeGreaterThan(outages[i - 1]?.to ?? 0);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('are not read out of a harness that stalls again and again: what it reads late was not late', () => {
    // Each time it comes to itself it sends first, and reads before the next stall what was answered long ago.
    const probes = newProbes();
    const sends = [8000, 8210, 8430, 8640, 8650, 8660];
    for (let t = 4000; t < 8000; t += 10) sends.push(t);
    for (let t = 8670; t < 22_000; t += 10) sends.push(t);
    for (const t of sends)
      probes.push({
        sent: t,
        done: t >= 8000 && t < 8640 ? 8641 : t + 1,
        shard: 1,
        node: 0,
        kind: OpKind.write,
        status: Status.ok,
        error: 0,
      });
    const recording = quiet({ probes });
    expect(serviceOf(recording, ownershipOf(recording)).outages).toEqual([]);
  });

  it('are not read out of answers that nobody was there to give up, whenever the harness looked up in between', () => {
    const probes = newProbes();
    for (let t = 4000; t < 22_000; t += 10) {
      const done = t >= 8000 && t < 8500 ? 8501 : t + 1;
      probes.push({ sent: t, done, shard: 1, node: 0, kind: OpKind.write, status: Status.ok, error: 0 });
    }
    const recording = quiet({ probes });
    const outagesFor = (probePatience: number) => {
      const patient = { ...recording, workload: { ...recording.workload, probePatience } };
      return serviceOf(patient, ownershipOf(patient)).outages;
    };
    expect(outagesFor(250)).toEqual([]);
    // Over a long way a probe waits for longer, and this was the server.
    expect(outagesFor(600)).toMatchObject([{ from: 7995, to: 8501 }]);
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

  it('end when the owner is back, whoever still flags it: nobody else has its shard, and it keeps what it acknowledges', () => {
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
    expect(serviceOf(recording, ownershipOf(recording))).toMatchObject({ outages: [], splitBrain: [] });
  });

  it('are none, nor is there a split brain, when a replica crashes', () => {
    const recording = drill('replica');
    expect(serviceOf(recording, ownershipOf(recording))).toMatchObject({ outages: [], splitBrain: [] });
  });

  it('are none where a node that is being promoted carries out what it was sent as a replica, nor is that a split brain', () => {
    // node-1 is replaced by force while it is well: what node-4 was sent before it leads it carries out when it does.
    const base = drill('segfault');
    const probes = newProbes();
    const at = 8000 + 3310;
    for (let t = 4000; t < 22_000; t += 10) {
      const [old, late] = [t < at, t >= at - 200 && t < at];
      const row = { sent: t, shard: 1, kind: OpKind.write };
      probes.push({ ...row, node: 0, done: t + 1, status: old ? Status.ok : Status.fail, error: 0 });
      const done = late ? at + 5 : t + 1;
      probes.push({ ...row, node: 3, done, status: late || !old ? Status.ok : Status.fail, error: 0 });
    }
    const recording = { ...base, probes, faults: [] };
    expect(serviceOf(recording, ownershipOf(recording))).toMatchObject({ outages: [], splitBrain: [] });
  });

  it('that were over before the drill began are left out', () => {
    expect(outagesWith((t) => t > 4100 && t < 4900)).toEqual([]);
  });

  it('reach the end when a shard was never served at all', () => {
    expect(outagesWith(() => true)).toMatchObject([{ shard: 1, from: 4000 }]);
  });
});

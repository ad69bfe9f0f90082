import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Recording } from '../recording/recording.js';
import { newFound, newOps, newSamples, OpKind, Status } from '../recording/tables.js';
import { analyse } from './analyse.js';
import { drill, quiet } from './testing/drills.js';

const E = 8000;

/** One write on shard 1 per entry, found as often as it says. */
function written(
  writes: { status: number; count: number; at?: number; took?: number }[],
): Pick<Recording, 'ops' | 'found'> {
  const [ops, found] = [newOps(), newFound()];
  writes.forEach(({ status, count, at = 7000, took = 1 }, seq) => {
    ops.push({
      intended: at,
      sent: at,
      done: at + took,
      client: 3,
      profile: 0,
      kind: OpKind.write,
      status,
      error: 0,
      shard: 1,
      slot: 7,
      seq,
    });
    if (count > 0) found.push({ client: 3, seq, count });
  });
  return { ops, found };
}

const rowOf = (table: Recording['samples'], i: number) =>
  Object.fromEntries(Object.keys(table.shape).map((c) => [c, table.at(i, c as 't')])) as Record<
    keyof typeof table.shape,
    number
  >;

describe('the ledger', () => {
  it('accounts for every write', () => {
    const write = fc.record({
      status: fc.constantFrom(Status.ok, Status.fail, Status.unknown, Status.pending),
      count: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 40 }), (writes) => {
        const { ledger } = analyse(quiet(written([...writes, { status: Status.ok, count: 1 }])));
        const n = (f: (w: { status: number; count: number }) => boolean) => writes.filter(f).length;
        const open = (w: { status: number }) => w.status === Status.unknown || w.status === Status.pending;
        expect(ledger).toMatchObject({
          checked: true,
          acknowledged: n((w) => w.status === Status.ok) + 1,
          lost: n((w) => w.status === Status.ok && w.count === 0),
          unknown: n(open),
          unknownDurable: n((w) => open(w) && w.count > 0),
          failedButPresent: n((w) => w.status === Status.fail && w.count > 0),
          duplicated: n((w) => w.count > 1),
        });
        expect(Object.values(ledger.byCause).reduce((a, b) => a + b, 0)).toBe(ledger.lost);
      }),
    );
  });

  it('finds the tail that died with the primary', () => {
    const { ledger } = analyse(drill('segfault'));
    expect(ledger).toMatchObject({ checked: true, lost: 3, byCause: { 'not replicated at the crash': 3 } });
    expect(ledger.losses.every((l) => l.age < 0 && l.age > -100 && l.node === 'node-1' && l.shard === 1)).toBe(true);
    // It was sent a moment before it was acknowledged.
    const acknowledged = E - ledger.losses[0]!.ackedAt;
    expect(ledger.rpoMs).toBeGreaterThan(acknowledged);
    expect(ledger.rpoMs).toBeLessThan(acknowledged + 5);
  });

  it('finds everything that the minority side acknowledged, over the time it went on', () => {
    const { ledger } = analyse(drill('minority'));
    expect(Object.keys(ledger.byCause)).toEqual(['written to the minority side']);
    expect(ledger.lost).toBeGreaterThan(50);
    expect(ledger.rpoMs).toBeGreaterThan(2000);
    expect(ledger.rpoMs).toBeLessThan(2400);
  });

  it('tells a command that waited in a paused primary from one that was in time', () => {
    const base = drill('segfault');
    const lost = [
      { status: Status.ok, count: 0, at: E - 20 },
      { status: Status.ok, count: 0, at: E - 10, took: 6000 },
    ];
    const { ledger } = analyse({ ...base, ...written(lost) });
    expect(ledger.byCause).toEqual({ 'not replicated at the crash': 1, 'acknowledged by a deposed primary': 1 });
  });

  // A replica that is held up answers late: when it came to lead is known to a look, within which the old primary acknowledged.
  it('blames no replica for what was acknowledged before it led, however late it tells', () => {
    const base = drill('segfault');
    const late = base.views.find(
      ({ t, opinions }) => t > E && opinions.some((o) => o.about === 'node-4' && o.role === 'primary'),
    )!;
    const views = base.views.map((view) => (view === late ? { ...view, since: E - 100 } : view));
    const [fault] = base.faults;
    const lag = {
      ...fault!,
      id: 'lag',
      type: 'lag-replica',
      impact: 'none' as const,
      targets: ['node-4'],
      cutOff: [],
      requestedAt: E - 1000,
      effective: { at: E - 900, uncertainty: 1, text: '' },
      healedAt: E + 8000,
    };
    const lost = [{ status: Status.ok, count: 0, at: E - 20 }];
    const { ledger } = analyse({ ...base, views, faults: [lag, fault!], ...written(lost) });
    expect(ledger.losses.map(({ node, cause }) => [node, cause])).toEqual([['node-1', 'not replicated at the crash']]);
  });

  // Its client has not heard of the new primary either, and no later look finds the old one in office.
  it('knows who acknowledged what was sent to a frozen primary after it had been replaced', () => {
    const base = drill('segfault');
    const [fault] = base.faults;
    const faults = [{ ...fault!, healedAt: E + 8000 }];
    const lost = [{ status: Status.ok, count: 0, at: E + 6000, took: 2001 }];
    const { ledger } = analyse({ ...base, faults, ...written(lost) });
    expect(ledger.byCause).toEqual({ 'acknowledged by a deposed primary': 1 });
    expect(ledger.losses[0]!.node).toBe('node-1');
    // Without such a fault nobody knows.
    const healed = [{ ...fault!, healedAt: E + 5000 }];
    expect(analyse({ ...base, faults: healed, ...written(lost) }).ledger.byCause).toEqual({ unexplained: 1 });
  });

  // As patient clients have it: sent over six seconds to a primary that sleeps, acknowledged in one burst when it wakes.
  it('counts the time that is gone by what was sent, not by a burst of late answers', () => {
    const base = drill('segfault');
    const lost = [0, 2000, 4000, 6000].map((late) => ({
      status: Status.ok,
      count: 0,
      at: E + late,
      took: 6001 - late,
    }));
    const { ledger } = analyse({ ...base, ...written(lost) });
    expect(ledger.lost).toBe(4);
    expect(ledger.rpoMs).toBe(6001);
  });

  it('blames an empty primary when the owner came back as a new process and nobody was promoted', () => {
    const base = quiet(written([{ status: Status.ok, count: 0 }]));
    const back = { t: E + 900, since: E + 850, node: 'node-1', reachable: true, runId: 'node-1-run-2', opinions: [] };
    expect(analyse({ ...base, views: [...base.views, back] }).ledger.byCause).toEqual({
      'wiped by an empty primary': 1,
    });
    expect(analyse(base).ledger.byCause).toEqual({ unexplained: 1 });
  });

  it('blames what a fault did to the files of the owner that came back, and not it when a replica led by then', () => {
    const base = quiet(written([{ status: Status.ok, count: 0 }]));
    const [fault] = base.faults;
    const cut = {
      ...fault!,
      targets: ['node-1'],
      impact: 'stops' as const,
      loses: 'cut from the append-only file' as const,
    };
    const back = { t: E + 900, since: E + 850, node: 'node-1', reachable: true, runId: 'node-1-run-2', opinions: [] };
    const causes = (recording: Recording) => analyse(recording).ledger.byCause;
    expect(causes({ ...base, faults: [cut], views: [...base.views, back] })).toEqual({ [cut.loses]: 1 });
    const failedOver = { ...drill('segfault'), ...written([{ status: Status.ok, count: 0, at: E - 20 }]) };
    expect(
      causes({ ...failedOver, faults: [{ ...failedOver.faults[0]!, impact: 'stops', loses: cut.loses }] }),
    ).toEqual({
      'not replicated at the crash': 1,
    });
  });

  it('blames a deed on the node that led the shard for what was written before it, not for what came after', () => {
    const base = quiet(
      written([
        { status: Status.ok, count: 0, at: E - 2000 },
        { status: Status.ok, count: 0, at: E + 2000 },
      ]),
    );
    const [fault] = base.faults;
    const deed = { ...fault!, targets: ['node-1'], impact: 'none' as const, loses: 'deleted by an operator' as const };
    const { byCause } = analyse({ ...base, faults: [deed] }).ledger;
    expect(byCause).toEqual({ 'deleted by an operator': 1, unexplained: 1 });
  });

  it('blames eviction when the owner evicted keys after it had acknowledged', () => {
    const base = quiet(written([{ status: Status.ok, count: 0 }]));
    const evictingFrom = (t: number): Recording['samples'] => {
      const table = newSamples();
      for (let i = 0; i < base.samples.length; i++)
        table.push({
          ...rowOf(base.samples, i),
          evictedKeys: base.samples.at(i, 't') > t && base.samples.at(i, 'node') === 0 ? 9 : 0,
        });
      return table;
    };
    expect(analyse({ ...base, samples: evictingFrom(E) }).ledger.byCause).toEqual({ evicted: 1 });
    expect(analyse({ ...base, samples: evictingFrom(6000) }).ledger.byCause).toEqual({ unexplained: 1 });
  });

  it('tells a write that its node still held, and dropped when it became a replica, from one that died with it', () => {
    const base = drill('segfault');
    const logs = {
      ...base.logs,
      'node-1': [
        ...base.logs['node-1']!,
        {
          t: E + 7000,
          text: '1:S 12 Mar 2025 10:00:15.000 * Full resync from master: 8de1787ba490483314a4d30f1c628bc5025eb761:123',
        },
      ],
    };
    expect(analyse({ ...base, logs }).ledger.byCause).toEqual({ 'not replicated at the crash': 3 });
    const oneLife = base.views.map((view) => (view.node === 'node-1' ? { ...view, runId: 'one life' } : view));
    expect(analyse({ ...base, logs, views: oneLife }).ledger.byCause).toEqual({ 'dropped on full resync': 3 });
  });

  it('of a node that was shut down says so, though its new process prints that it synchronises before anybody sees it', () => {
    const base = drill('segfault');
    const text = '1:S 12 Mar 2025 10:00:13.000 * Full resync from master: 8de1787ba490483314a4d30f1c628bc5025eb761:123';
    const back = base.views.find(({ node, runId }) => node === 'node-1' && runId === 'node-1-run-2')!;
    const logs = { ...base.logs, 'node-1': [...base.logs['node-1']!, { t: back.t - 30, text }] };
    expect(analyse({ ...base, logs }).ledger.byCause).toEqual({ 'not replicated at the crash': 3 });
  });

  it('names the key when the recording knows the tags', () => {
    const base = quiet(written([{ status: Status.ok, count: 0 }]));
    expect(analyse(base).ledger.losses[0]!.key).toBe('element 0 of client 3');
    const tagged = { ...base, workload: { ...base.workload, tags: ['a', 'b'] } };
    expect(analyse(tagged).ledger.losses[0]!.key).toBe('{a}:a:3:0');
  });

  it('speaks of what was left also where replicas are missing: each key tells whether somebody could be asked for it', () => {
    const final = { ...drill().final!, converged: false, unconverged: 'shard 1: 0 of 1 replicas online' };
    expect(analyse(quiet({ ...written([{ status: Status.ok, count: 0 }]), final })).ledger).toMatchObject({
      checked: true,
      lost: 1,
    });
    expect(analyse(quiet({ ...written([{ status: Status.ok, count: 1 }]), final })).ledger).toMatchObject({
      checked: true,
      lost: 0,
    });
  });

  const one = written([{ status: Status.ok, count: 1 }]);
  const final = drill().final!;
  const { left: _, ...asOfOld } = final;
  const healed = drill().faults.map((fault) => ({ ...fault, healedAt: 9000 }));
  const open = drill().faults.map(({ healedAt: _, ...fault }) => fault);
  it.each<[string, Partial<Recording>, RegExp]>([
    ['there was no final state', { ...one, final: undefined as never }, /never read back/],
    ['keys were not read', { ...one, final: { ...final, unread: 2 } }, /2 keys could not be read/],
    [
      'the cluster of an older recording did not converge',
      { ...one, faults: healed, final: { ...asOfOld, converged: false, unconverged: 'node-1 is away' } },
      /node-1 is away/,
    ],
    [
      'an older recording was read back after redrill itself had ended the fault',
      { ...one, final: asOfOld, faults: open },
      /only after redrill had ended f1 itself/,
    ],
    [
      'what is gone may have been wiped by redrill that woke several nodes',
      { ...written([{ status: Status.ok, count: 0 }]), final: { ...final, left: { ...final.left!, unsure: ['any'] } } },
      /1 acknowledged writes are gone, of which nobody could be asked/,
    ],
    ['nothing was acknowledged', written([{ status: Status.fail, count: 0 }]), /no write was acknowledged/],
    ['the workload overwrites', { workload: { ...drill().workload, kind: 'cache' } }, /only kind append/],
    ['there was no workload', { workload: { ...drill().workload, kind: 'none' } }, /no workload/],
  ])('is not checked when %s', (_, change, why) => {
    const { ledger } = analyse(quiet(change));
    expect(ledger).toMatchObject({ checked: false, lost: 0, losses: [] });
    expect(ledger.why).toMatch(why);
  });

  it('refuses elements that are not of this workload instead of allocating for them', () => {
    const strange = written([{ status: Status.ok, count: 1 }]);
    strange.found.push({ client: 0, seq: 4_000_000_000, count: 1 });
    expect(analyse(quiet(strange)).ledger).toMatchObject({ checked: false });
  });
});

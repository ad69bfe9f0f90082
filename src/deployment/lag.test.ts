import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lagTracker } from './lag.js';
import type { NodeView, PeerView } from './types.js';
import { unreachable } from './views.js';

const peer: PeerView = { role: 'replica', health: 'ok', epoch: 0, slots: [], open: [], linked: true };
const primary = (t: number, offset: number, node = 'node-1'): NodeView => ({
  ...unreachable(node, t),
  reachable: true,
  role: 'primary',
  offset,
});
const replica = (t: number, offset: number, of = 'node-1'): NodeView => ({
  ...unreachable('node-2', t),
  reachable: true,
  role: 'replica',
  offset,
  peers: new Map([['node-2', { ...peer, primary: of }]]),
});

describe('lag', () => {
  it('counts from the first look that found the primary beyond the replica', () => {
    const lag = lagTracker();
    for (const [t, offset] of [
      [0, 100],
      [50, 160],
      [100, 220],
    ] as const)
      lag(primary(t, offset));
    expect(lag(replica(120, 150))).toBe(70);
    expect(lag(replica(130, 160))).toBe(30);
    expect(lag(replica(140, 220))).toBe(0);
    // The primary writes on after the look: a replica may well be ahead of what was seen.
    expect(lag(replica(150, 300))).toBe(0);
  });

  it('forgets a history that began anew, and asks only the primary that the replica follows', () => {
    const lag = lagTracker();
    lag(primary(0, 5000));
    lag(primary(1000, 10));
    expect(lag(replica(1100, 10))).toBe(0);
    expect(lag(replica(1100, 5, 'node-3'))).toBe(0);
    expect(lag(replica(1100, 5))).toBe(100);
  });

  it('never exceeds the time since the replica was level, and is 0 when it is', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 2, maxLength: 60 }), fc.nat(59), (growth, pick) => {
        const lag = lagTracker();
        let offset = 1;
        const offsets = growth.map((n, i) => {
          offset += n;
          lag(primary(i * 50, offset));
          return offset;
        });
        const level = pick % offsets.length;
        const end = (offsets.length - 1) * 50 + 10;
        const measured = lag(replica(end, offsets[level]!));
        const beyond = offsets.findIndex((one) => one > offsets[level]!);
        expect(measured).toBe(beyond < 0 ? 0 : end - beyond * 50);
      }),
    );
  });
});

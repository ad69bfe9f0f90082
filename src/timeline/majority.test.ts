import { describe, expect, it } from 'vitest';
import type { Recording, ViewChange } from '../workload/recording.js';
import { ownershipOf } from './majority.js';
import { drill } from './testing/drills.js';

const E = 8000;
const withViews = (recording: Recording, change: (v: ViewChange) => ViewChange | undefined): Recording => ({
  ...recording,
  views: recording.views.flatMap((v) => change(v) ?? []),
});

describe('the owner of a shard by the majority', () => {
  it('is the primary of the layout before anybody said a word', () => {
    const o = ownershipOf(drill('segfault', { views: [] }));
    expect(o.owner(1, 0)).toBe('node-1');
    expect(o.serves('node-1', 1, 0)).toBe(true);
    expect(o.serves('node-4', 1, 0)).toBe(false);
  });

  it('moves to the promoted node, and the dead one is flagged until it is back', () => {
    const o = ownershipOf(drill('segfault'));
    expect(o.owner(1, E + 3000)).toBe('node-1');
    expect(o.failed('node-1', E + 2400)).toBe(false);
    expect(o.failed('node-1', E + 3000)).toBe(true);
    expect(o.owner(1, E + 3500)).toBe('node-4');
    expect(o.nextOwner(1, E)?.owner).toBe('node-4');
    expect(o.failed('node-1', E + 5500)).toBe(false);
    expect(o.owner(2, E + 3500)).toBe('node-2');
  });

  it('gives a freshly promoted node service before the others have heard of it', () => {
    const o = ownershipOf(drill('segfault'));
    // node-4 saw itself as primary at +3318, in a poll whose predecessor was at +3268; the others say so from +3396 on.
    expect(o.owner(1, E + 3330)).toBe('node-1');
    expect(o.serves('node-4', 1, E + 3330)).toBe(true);
    expect(o.serves('node-4', 1, E + 3280)).toBe(true);
    expect(o.serves('node-4', 1, E + 3200)).toBe(false);
  });

  it('gives a node that claims a shard no service when nobody ever confirms it', () => {
    const selfish = withViews(drill('segfault'), (v) => {
      const rest = { ...v, opinions: v.opinions.filter((o) => !(o.about === 'node-1' && o.health === 'fail')) };
      if (v.node === 'node-4' || v.t < E) return rest;
      return { ...rest, opinions: rest.opinions.filter((o) => o.about !== 'node-4') };
    });
    expect(ownershipOf(selfish).serves('node-4', 1, E + 3400)).toBe(false);
  });

  it('never lets a node that is cut off serve', () => {
    const o = ownershipOf(drill('minority'));
    expect(o.serves('node-1', 1, E - 1)).toBe(true);
    expect(o.owner(1, E + 1000)).toBe('node-1');
    expect(o.serves('node-1', 1, E + 1000)).toBe(false);
  });

  it('takes no vote from a node that is cut off, so a split brain can be told', () => {
    const recording = drill('minority');
    const o = ownershipOf(recording);
    expect(o.owner(1, E + 4000)).toBe('node-4');
    expect(o.claims('node-1', 1, E + 4000)).toBe(true);
  });

  it('stands while there is no majority', () => {
    const lost = withViews(drill('segfault'), (v) =>
      v.t > E && v.node !== 'node-3' ? { ...v, reachable: false, opinions: [] } : v,
    );
    const o = ownershipOf(lost);
    expect(o.owner(1, E + 9000)).toBe('node-1');
    expect(o.serves('node-3', 3, E + 9000)).toBe(true);
  });
});

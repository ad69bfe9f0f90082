import { describe, expect, it } from 'vitest';
import type { Recording, ViewChange } from '../recording/recording.js';
import { newSamples, Role } from '../recording/tables.js';
import { ownershipOf } from './ownership.js';
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
    expect(o.worth('node-1', 1, 0, 1)).toBe('service');
    expect(o.worth('node-4', 1, 0, 1)).toBe('false');
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
    expect(o.worth('node-4', 1, E + 3330, E + 3331)).toBe('service');
    expect(o.worth('node-4', 1, E + 3280, E + 3281)).toBe('service');
    expect(o.worth('node-4', 1, E + 3200, E + 3201)).toBe('false');
    // Asked before it was promoted, carried out afterwards: as a replica it would have refused.
    expect(o.worth('node-4', 1, E + 3100, E + 3331)).toBe('service');
  });

  it('gives a node that claims a shard no service when nobody ever confirms it', () => {
    const selfish = withViews(drill('segfault'), (v) => {
      const rest = { ...v, opinions: v.opinions.filter((o) => !(o.about === 'node-1' && o.health === 'fail')) };
      if (v.node === 'node-4' || v.t < E) return rest;
      return { ...rest, opinions: rest.opinions.filter((o) => o.about !== 'node-4') };
    });
    expect(ownershipOf(selfish).worth('node-4', 1, E + 3400, E + 3401)).toBe('false');
  });

  it('is who has taken every slot, alone: nobody else is left to vote', () => {
    const opinions = (owners: Record<string, string[]>): ViewChange['opinions'] =>
      [1, 2, 3, 4, 5, 6].map((n) => {
        const slots = drill('segfault')
          .topology.shards.filter(({ shard }) => owners[`node-${n}`]?.includes(String(shard)))
          .flatMap((shard) => shard.slots);
        const role = slots.length > 0 ? 'primary' : 'replica';
        return { about: `node-${n}`, role, health: 'ok', epoch: 1, slots, linked: true };
      });
    const told = (t: number, owners: Record<string, string[]>): ViewChange[] =>
      [1, 2, 3, 4, 5, 6].map((n) => ({
        t: t + n,
        since: t,
        node: `node-${n}`,
        reachable: true,
        opinions: opinions(owners),
      }));
    const views = [
      ...told(0, { 'node-1': ['1'], 'node-2': ['2'], 'node-3': ['3'] }),
      ...told(E, { 'node-6': ['1', '2', '3'] }),
    ];
    const o = ownershipOf(drill('segfault', { views }));
    expect([o.owner(2, E - 1), o.owner(2, E + 10)]).toEqual(['node-2', 'node-6']);
    expect(o.worth('node-6', 2, E + 20, E + 21)).toBe('service');
  });

  it('has no right from the cut on that it is not back from before another is promoted', () => {
    const o = ownershipOf(drill('minority'));
    expect(o.worth('node-1', 1, E - 2, E - 1)).toBe('service');
    expect(o.owner(1, E + 1000)).toBe('node-1');
    expect(o.worth('node-1', 1, E + 1000, E + 1001)).toBe('false');
    expect(o.reigns(1).map(({ node, severed }) => [node, severed])).toEqual([
      ['node-1', E],
      ['node-4', undefined],
    ]);
  });

  it('keeps its right across a cut that is over before anybody is promoted', () => {
    const { views, ...recording } = drill('minority');
    const o = ownershipOf({ ...recording, views: views.filter((v) => v.t < E + 2400) });
    expect(o.worth('node-1', 1, E + 1000, E + 1001)).toBe('service');
  });

  it('keeps its right while its writes reach the one that is promoted, whoever else has lost sight of it', () => {
    const recording = drill('minority', { samples: drill('segfault').samples });
    const fed = newSamples();
    for (let t = 4000; t < 22_000; t += 50)
      for (const node of [0, 3])
        fed.push({
          t,
          node,
          role: node === 3 && t < E + 3310 ? Role.replica : Role.primary,
          offset: t * 40,
          link: 1,
          syncing: 0,
          replicasOnline: 1,
          usedMemory: 0,
          evictedKeys: 0,
        });
    const o = ownershipOf({ ...recording, samples: fed });
    expect(o.worth('node-1', 1, E + 1000, E + 1001)).toBe('service');
    // Until the other is promoted: by its first OK, a little before the next look at it.
    expect(o.worth('node-1', 1, E + 3300, E + 3301)).toBe('service');
    expect(o.worth('node-1', 1, E + 3330, E + 3331)).toBe('false');
    expect(o.worth('node-1', 1, E + 3200, E + 3400)).toBe('between');
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
    expect(o.worth('node-3', 3, E + 9000, E + 9001)).toBe('service');
  });
});

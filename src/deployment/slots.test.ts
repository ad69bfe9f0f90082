import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countSlots, dealSlots, inRanges, SLOTS, slotOf, tagFor } from './slots.js';

// Values from the Redis Cluster specification and from CLUSTER KEYSLOT of a 7.0 server.
test.each([
  ['123456789', 12739],
  ['foo', 12182],
  ['{user1000}.following', 3443],
  ['{user1000}.followers', 3443],
  ['foo{}{bar}', 8363],
  ['foo{{bar}}zap', 4015],
  ['', 0],
])('the slot of %j is %i', (key, slot) => expect(slotOf(key)).toBe(slot));

test('dealt slots cover everything once, in near-equal parts', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), (shards) => {
      const dealt = dealSlots(shards);
      const sizes = dealt.map(({ slots }) => countSlots(slots));
      expect(sizes.reduce((a, b) => a + b)).toBe(SLOTS);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      for (const [i, { slots }] of dealt.slice(1).entries()) expect(slots[0]![0]).toBe(dealt[i]!.slots[0]![1] + 1);
    }),
  );
});

test('a tag hashes to the slot it was asked for', () => {
  for (const { slots } of dealSlots(7))
    expect(inRanges(slotOf(`{${tagFor((slot) => inRanges(slot, slots))}}:x`), slots)).toBe(true);
});

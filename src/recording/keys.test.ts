import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dealSlots, inRanges, slotOf } from '../deployment/slots.js';
import { dealTags } from '../workload/tags.js';
import { appendKey, appendKeys } from './keys.js';

test('reading back visits exactly the keys that were written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(9000), (tagCount, seqs) => {
      const tags = Array.from({ length: tagCount }, (_, i) => `t${i}`);
      const written = new Set(Array.from({ length: seqs }, (_, seq) => appendKey(tags, 3, seq)));
      const read = appendKeys(tags, 3, seqs);
      expect(new Set(read)).toEqual(written);
      expect(read).toHaveLength(written.size);
    }),
    { numRuns: 30 },
  );
});

test('tags cover every shard evenly and know their slot', () => {
  const shards = dealSlots(5);
  const tags = dealTags(shards, 4);
  for (const { shard, slots } of shards) {
    const mine = tags.filter((tag) => tag.shard === shard);
    expect(new Set(mine.map((tag) => tag.slot)).size).toBe(4);
    for (const { tag, slot } of mine) {
      expect(slotOf(`{${tag}}:x`)).toBe(slot);
      expect(inRanges(slot, slots)).toBe(true);
    }
  }
});

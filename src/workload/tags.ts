/** Hash tags that spread the load evenly over every shard. */
import { inRanges, tagFor } from '../deployment/slots.js';
import type { ShardInfo } from '../deployment/types.js';

export interface Tag {
  tag: string;
  shard: number;
  slot: number;
}

/** `perShard` hash tags for each shard, spread over its slots. */
export function dealTags(shards: readonly ShardInfo[], perShard: number): Tag[] {
  const tags: Tag[] = [];
  for (let i = 0; i < perShard; i++)
    for (const { shard, slots } of shards) {
      const [first, last] = slots[0]!;
      const width = (last - first + 1) / perShard;
      const from = Math.floor(first + i * width);
      const to = Math.max(from, Math.floor(first + (i + 1) * width) - 1);
      let slot = 0;
      const tag = tagFor((s) => {
        slot = s;
        return s >= from && s <= to && inRanges(s, slots);
      });
      tags.push({ tag, shard, slot });
    }
  return tags;
}

/** A small data set of every basic type, written before the first fault and compared at the end: did old data survive? */
import { until } from '../core/until.js';
import { watchedTag } from '../deployment/slots.js';
import type { ClusterView, ShardInfo } from '../deployment/types.js';
import { VALUE_TAGS, type valueTypes } from '../recording/data-set.js';
import { slotOwnerNow } from '../server/owners.js';
import type { Reply } from '../server/resp.js';
import type { Deployment, Endpoint } from '../server/types.js';
import type { Reader } from './final/reader.js';
import type { Tag } from './tags.js';

/** The value of a shard that probes read where nobody writes: one of the data set. */
export function watchedValue(shard: Pick<ShardInfo, 'slots'>): { key: string; value: string } {
  const tag = watchedTag(shard);
  return { key: keyOf(tag, 'string'), value: stringOf(tag) };
}

/** What a reader of it got instead. */
export const GONE = 'the value is gone';
export const OTHER = 'another value';

/** A value of the data set, by the hash tag and its type. */
export const keyOf = (tag: string, type: string): string => `{${tag}}:canary:${type}`;
/** What the string there is. */
export const stringOf = (tag: string): string => `value of ${tag}`;

interface Canary {
  key: string;
  shard: number;
  slot: number;
  write: string[];
  read: string[];
  expect: string;
}

export function canariesFor(tags: readonly Tag[]): Canary[] {
  return tags.flatMap(({ tag, shard, slot }) => {
    const one = (type: (typeof valueTypes)[number], write: string[], read: string[], expect: Reply): Canary => ({
      key: keyOf(tag, type),
      shard,
      slot,
      write: [write[0]!, keyOf(tag, type), ...write.slice(1)],
      read: [read[0]!, keyOf(tag, type), ...read.slice(1)],
      expect: JSON.stringify(expect),
    });
    return [
      one('string', ['SET', stringOf(tag)], ['GET'], stringOf(tag)),
      one('hash', ['HSET', 'a', '1', 'b', tag], ['HMGET', 'a', 'b'], ['1', tag]),
      one('list', ['RPUSH', 'x', tag, 'z'], ['LRANGE', '0', '-1'], ['x', tag, 'z']),
      one('zset', ['ZADD', '1', 'low', '2', tag], ['ZRANGE', '0', '-1', 'WITHSCORES'], ['low', '1', tag, '2']),
    ];
  });
}

/** A few tags of each shard: the watched one among them, and others spread over its slots. */
export function canaryTags(tags: readonly Tag[], shards: readonly ShardInfo[], perShard = VALUE_TAGS): Tag[] {
  return shards.flatMap((info) => {
    const watched = watchedTag(info);
    const mine = tags.filter(({ shard }) => shard === info.shard);
    return [...mine.filter(({ tag }) => tag === watched), ...mine.filter(({ tag }) => tag !== watched)].slice(
      0,
      perShard,
    );
  });
}

const ownerNode = (slot: number, view: ClusterView, topology: Deployment): Endpoint =>
  topology.node(slotOwnerNow(slot, view, topology));

const GUARD = 'min-replicas-to-write';

/** Where nobody may write, for want of replicas, the data set has to come there nevertheless. */
export async function writeUnguarded(topology: Deployment, write: () => Promise<void>): Promise<void> {
  const guarded = await Promise.all(
    topology.nodes.map(async (node) => {
      const reply = await node.call(['CONFIG', 'GET', GUARD]);
      return { node, before: Array.isArray(reply) ? String(reply[1] ?? '0') : '0' };
    }),
  );
  const each = (value: (before: string) => string): Promise<unknown> =>
    Promise.all(
      guarded.flatMap(({ node, before }) =>
        before === '0' ? [] : [node.call(['CONFIG', 'SET', GUARD, value(before)])],
      ),
    );
  await each(() => '0');
  try {
    await write();
  } finally {
    await each((before) => before);
  }
}

/** Written and held by every replica when it returns: what disappears later was lost by the fault, not by asynchrony. */
export async function writeCanaries(
  canaries: readonly Canary[],
  topology: Deployment,
  view: ClusterView,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(canaries.map((c) => ownerNode(c.slot, view, topology).call(['DEL', c.key])));
  await Promise.all(canaries.map((c) => ownerNode(c.slot, view, topology).call(c.write)));
  for (const { shard } of topology.shards) {
    const replicas = topology.replicas[shard - 1]!;
    if (replicas === 0) continue;
    // WAIT needs the connection of the writes: one more write on this one stands for all before it in the stream.
    const { key: marker, slot } = canaries.find((c) => c.shard === shard)!;
    const connection = ownerNode(slot, view, topology).open({ timeout: 6000 });
    try {
      await until(
        async () => {
          const [, count] = await Promise.all([
            connection.call(['EXPIRE', marker, '1000000']),
            connection.call(['PERSIST', marker]),
            connection.call(['WAIT', replicas, 200]),
          ]).then((r) => [r[1], r[2]]);
          return Number(count);
        },
        (count) => count >= replicas,
        {
          describe: `shard ${shard}: canaries reach ${replicas} replicas`,
          within: 5000,
          every: 20,
          signal,
        },
      );
    } finally {
      connection.close();
    }
  }
}

export interface CanaryState {
  /** Who told it. */
  by: 'owner' | 'replica' | 'nobody';
  is: 'unchanged' | 'missing' | 'changed' | 'unread';
  /** Several nodes may hold it and none of them answered: what is missing later may be the doing of what woke them. */
  unsure: boolean;
}

export async function readCanaries(canaries: readonly Canary[], reader: Reader): Promise<Map<string, CanaryState>> {
  const states = new Map<string, CanaryState>();
  for (const { key, slot, read, expect } of canaries) {
    const reading = await reader.read(slot, [['EXISTS', key], read]);
    const [exists, value] = reading?.answers ?? [];
    const is = !reading
      ? 'unread'
      : exists !== 1
        ? 'missing'
        : JSON.stringify(value) === expect
          ? 'unchanged'
          : 'changed';
    states.set(key, { by: reading?.from ?? 'nobody', is, unsure: !reading && reader.unasked(slot) > 1 });
  }
  return states;
}

export type { Canary };

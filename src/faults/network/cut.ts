/** What the partition faults share: whom the cut leaves without a majority, when it happened, and proof that peers are gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../core/until.js';
import { nodeTimeout } from '../../topology/config.js';
import { ownerNow, replicasNow } from '../../topology/targets.js';
import type { RedisNode } from '../../topology/types.js';
import type { Evidence } from '../../workload/recording.js';
import { DidNotBite, type FaultContext, type Injected } from '../types.js';

/**
 * Nodes that reach no majority of those who decide: all of them when nobody does, since nobody is the rightful side then.
 * The primaries decide, or the sentinels. Where there is no arbiter the side of the primary is right until an operator
 * promotes another node.
 */
export function outvoted(reaches: (from: RedisNode, to: RedisNode) => boolean, ctx: FaultContext): string[] {
  const { all, shards, sentinels } = ctx.topology;
  const view = ctx.view();
  const primaries = [...new Set(shards.map(({ shard }) => ownerNow(shard, view, ctx.topology)))].map(ctx.topology.node);
  const electors = sentinels.length > 0 ? sentinels : primaries;
  // A node that leads two shards has one vote of as many as there are shards.
  const seats = sentinels.length > 0 ? sentinels.length : shards.length;
  const votes = (node: RedisNode): number => electors.filter((other) => other === node || reaches(node, other)).length;
  return all.filter((node) => votes(node) <= seats / 2).map((node) => node.name);
}

/** The same where the nodes fall into groups that can't reach each other. */
export const withoutMajority = (groups: readonly RedisNode[][], ctx: FaultContext): string[] =>
  outvoted((from, to) => groups.some((group) => group.includes(from) && group.includes(to)), ctx);

/** Replicas that lose their primary's stream. */
export const starvedBy = (cuts: (one: RedisNode, other: RedisNode) => boolean, ctx: FaultContext): string[] =>
  feeds(ctx).flatMap(({ primary, replica }) => (cuts(primary, replica) ? [replica.name] : []));

/** Who is replicating whom right now. */
export function feeds({ topology, view }: FaultContext): { primary: RedisNode; replica: RedisNode }[] {
  const now = view();
  return topology.shards.flatMap(({ shard }) =>
    replicasNow(shard, now, topology).map((replica) => ({
      primary: topology.node(ownerNow(shard, now, topology)),
      replica: topology.node(replica),
    })),
  );
}

/**
 * Runs the cut while it pings one of the nodes on the network that is being cut, every 2 ms where that network can be
 * reached from here. The cut happened between the last answer and the first ping that got none.
 */
export async function timeTheCut(
  node: RedisNode,
  ctx: FaultContext,
  cut: () => Promise<void>,
): Promise<{ at: number; uncertainty: number }> {
  const origin = ctx.clock.now() - performance.now();
  const asked = ctx.clock.now();
  let lastAnswer = Number.NaN;
  let lastSent = Number.NaN;
  let over = false;
  const connection = node.open({ to: node.announced, timeout: 5000, connectTimeout: 300 });
  const pinging = (async () => {
    while (!over && !connection.closed) {
      const sent = ctx.clock.now();
      connection.send(['PING'], (outcome, at) => {
        if (outcome.kind !== 'reply') return;
        lastAnswer = at + origin;
        lastSent = sent;
      });
      await sleep(2);
    }
  })();
  try {
    await cut();
  } finally {
    over = true;
    await pinging;
    connection.close();
  }
  const done = ctx.clock.now();
  if (Number.isFinite(lastAnswer) && lastSent > asked) return { at: Math.min(lastAnswer + 1, done), uncertainty: 2 };
  return { at: (asked + done) / 2, uncertainty: (done - asked) / 2 };
}

/** The nodes themselves must have lost their links: the engine's word alone is no proof. */
export async function linksGone(
  { groups = [], moment, requestedAt }: Injected & { requestedAt: number },
  ctx: FaultContext,
  what: string,
): Promise<Evidence> {
  const across = groups.flatMap((group) =>
    group.flatMap((node) =>
      groups
        .filter((other) => other !== group)
        .flatMap((other) => other.map((peer) => [node.name, peer.name] as const)),
    ),
  );
  // Outside a cluster a link is held for down when nothing came over it for three pings, a second apart.
  const limit = Math.max(2 * nodeTimeout(ctx.topology.spec) + 2000, 6000);
  try {
    await until(
      () => {
        const view = ctx.view();
        return across.filter(([node, peer]) => {
          const seen = view.nodes.get(node)?.peers.get(peer);
          return seen?.linked && seen.health === 'ok';
        });
      },
      (linked) => linked.length === 0,
      {
        describe: 'links across the cut go down',
        within: limit,
        every: 20,
        signal: ctx.signal,
        show: ([first]) => `${first?.[0]} is still linked to ${first?.[1]}`,
      },
    );
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw new DidNotBite(`${what}, but ${(error as Error).message}`, { cause: error });
  }
  return {
    ...(moment ?? { at: requestedAt, uncertainty: 0 }),
    text: `${what}; all ${across.length} links across the cut are down`,
  };
}

/** What the partition faults share: whom the cut leaves without a majority, when it happened, and proof that peers are gone. */

import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../core/until.js';
import { linkGoneWithin } from '../../deployment/timing.js';
import type { Evidence } from '../../recording/deeds.js';
import { ownerNow, replicasNow } from '../../server/owners.js';
import { nodeTimeout } from '../../topology/silence.js';
import type { ManagedNode } from '../../topology/types.js';
import type { Timed } from '../moment.js';
import { DidNotBite, type FaultContext } from '../types.js';

/**
 * Nodes that reach no majority of those who decide: all of them when nobody does, since nobody is the rightful side then.
 * The primaries decide, or the sentinels. Where there is no arbiter the side of the primary is right until an operator
 * promotes another node.
 */
export function outvoted(reaches: (from: ManagedNode, to: ManagedNode) => boolean, ctx: FaultContext): string[] {
  const { all, shards, sentinels } = ctx.topology;
  const view = ctx.view();
  const primaries = [...new Set(shards.map(({ shard }) => ownerNow(shard, view, ctx.topology)))].map(ctx.topology.node);
  const electors = sentinels.length > 0 ? sentinels : primaries;
  // A node that leads two shards has one vote of as many as there are shards.
  const seats = sentinels.length > 0 ? sentinels.length : shards.length;
  const votes = (node: ManagedNode): number =>
    electors.filter((other) => other === node || reaches(node, other)).length;
  return all.filter((node) => votes(node) <= seats / 2).map((node) => node.name);
}

/** The same where the nodes fall into groups that can't reach each other. */
export const withoutMajority = (groups: readonly ManagedNode[][], ctx: FaultContext): string[] =>
  outvoted((from, to) => groups.some((group) => group.includes(from) && group.includes(to)), ctx);

/** Whom a cut hits that is aimed at nobody: who is cut off by it, or else everybody at both ends of it. */
export const hitBy = (
  sides: readonly ManagedNode[][],
  cutOff: readonly string[],
  { topology }: FaultContext,
): ManagedNode[] => (cutOff.length > 0 ? cutOff.map(topology.node) : sides.flat());

/** Replicas that lose their primary's stream. */
export const starvedBy = (cuts: (one: ManagedNode, other: ManagedNode) => boolean, ctx: FaultContext): string[] =>
  feeds(ctx).flatMap(({ primary, replica }) => (cuts(primary, replica) ? [replica.name] : []));

/** Who is replicating whom right now. */
export function feeds({ topology, view }: FaultContext): { primary: ManagedNode; replica: ManagedNode }[] {
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
export async function timeTheCut(node: ManagedNode, ctx: FaultContext, cut: () => Promise<void>): Promise<Timed> {
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

/** From whom to whom a link across the cut can be seen, and is up: both ends answer, and neither suspects the other. */
function standing(groups: readonly ManagedNode[][], { view }: Pick<FaultContext, 'view'>): [string, string][] {
  const { nodes } = view();
  const answers = ({ name }: ManagedNode): boolean => nodes.get(name)?.reachable === true;
  return groups.flatMap((group) =>
    group.filter(answers).flatMap((node) =>
      groups
        .filter((other) => other !== group)
        .flatMap((other) => other.filter(answers))
        .filter((peer) => {
          const seen = nodes.get(node.name)!.peers.get(peer.name);
          return seen?.linked && seen.health === 'ok';
        })
        .map((peer): [string, string] => [node.name, peer.name]),
    ),
  );
}

/** @returns what the cut has to take away. @throws DidNotBite where it is gone before: of a node that is dead a cut proves nothing. */
export function linksToLose(groups: readonly ManagedNode[][], ctx: FaultContext): [string, string][] {
  const sides = groups.filter((group) => group.length > 0);
  if (sides.length < 2) throw new DidNotBite('all nodes are on one side: there is no link across the cut');
  const links = standing(sides, ctx);
  const lonely = sides.find((side) => !links.some((ends) => side.some(({ name }) => ends.includes(name))));
  if (lonely)
    throw new DidNotBite(
      `${lonely.map(({ name }) => name).join(', ')} ${lonely.length === 1 ? 'has' : 'have'} no link across the cut that is up: nothing would be lost`,
    );
  return links;
}

/** What a cut has to take away, and when it was made. */
export interface Cut {
  /** Links across it that were up before, from whom to whom. */
  links: readonly (readonly [string, string])[];
  moment: Timed;
}

/** The nodes themselves must have lost their links: the engine's word alone is no proof. */
export async function linksGone({ links, moment }: Cut, ctx: FaultContext, what: string): Promise<Evidence> {
  if (links.length === 0) throw new DidNotBite(`${what}, but there was no link across the cut`);
  const limit = linkGoneWithin(nodeTimeout(ctx.topology.spec));
  try {
    await until(
      () => {
        const { nodes } = ctx.view();
        return links.filter(([node, peer]) => {
          const seen = nodes.get(node)?.peers.get(peer);
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
    ...moment,
    text: `${what}; all ${links.length} links across the cut that were up are down`,
  };
}

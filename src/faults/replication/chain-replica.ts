import { z } from 'zod';
import { withoutSlots } from '../../deployment/kinds.js';
import { attach, followCommand, rightPrimary } from '../../server/attach.js';
import type { ManagedNode } from '../../topology/types.js';
import { notes } from '../notes.js';
import { shown } from '../noticed.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { reversible } from '../undo.js';
import { BUDGET, followedBy, linkDown, primaryOf, refusable } from './links.js';

export const chainReplica = defineFault({
  summary: 'make a replica follow another replica: what it has comes later, and is gone when the one between is',
  handbook: ['2.1.1', '5.2'],
  params: z.strictObject({}),
  impact: 'none',
  // A cluster refuses chains: a node that is told to follow a replica is refused.
  kinds: withoutSlots,
  supports: ({ topology }) => topology.replicas > 1 || 'it takes two replicas to make a chain',
  example: { target: 'replica', topology: { kind: 'replication', replicas: 2 } },
  inject: (targets, _params, ctx) =>
    reversible(async (_undo, on) => {
      const before = notes<number>();
      for (const node of targets) {
        const between = await otherReplica(node, targets, ctx);
        before.set(node, between.index);
        on(node)(async () => {
          if ((await followedBy(node, ctx)) === between)
            await attach(node, rightPrimary(1, ctx.view(), ctx.topology), ctx.topology);
        });
        await refusable(node, followCommand(between, ctx.topology));
      }
      return { before };
    }),
  effect: (targets, _params, ctx, { before, requestedAt }) =>
    shown(targets, ctx, requestedAt, BUDGET, async (node) => {
      const between = await followedBy(node, ctx);
      const chained =
        between?.index === before.of(node) &&
        (await followedBy(between!, ctx)) !== undefined &&
        !(await linkDown(node));
      const text = `follows ${between?.name ?? 'nobody'}`;
      return { found: chained ? `${text}, a replica itself` : undefined, seen: text };
    }),
});

async function otherReplica(
  node: ManagedNode,
  targets: readonly ManagedNode[],
  ctx: FaultContext,
): Promise<ManagedNode> {
  const primary = await primaryOf(node, ctx);
  const others: ManagedNode[] = [];
  for (const one of ctx.topology.nodes)
    if (!targets.includes(one) && (await followedBy(one, ctx)) === primary) others.push(one);
  if (others.length === 0) throw new DidNotBite(`${primary.name} has no other replica to follow`);
  return ctx.rng.pick(others);
}

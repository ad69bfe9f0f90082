import { z } from 'zod';
import { until } from '../core/until.js';
import { traitsOf } from '../deployment/kinds.js';
import { idNow, linesOf, speaksOf } from '../server/membership.js';
import { ReplyError } from '../server/resp.js';
import { bringUp } from '../topology/bring-up.js';
import { nodesFileOf } from '../topology/config.js';
import { placeOf } from '../topology/settings.js';
import type { ManagedNode } from '../topology/types.js';
import { chosen, inSync, wholeAgain } from './come-back.js';
import { targetField, timeoutField } from './fields.js';
import { peersOf } from './membership.js';
import { nothingWrong } from './nothing-wrong.js';
import { defineManagedProcedure, type ManagedContext } from './types.js';

/**
 * For a node that lost its nodes.conf. CLUSTER MEET alone (handbook 5.1.3) would let a stranger in and leave its old self
 * behind as a failed member for ever. In this order, since a node that is forgotten comes back by gossip from any node that
 * was not told, and is kept out for a minute by those that were.
 */
export const rejoinNode = defineManagedProcedure({
  summary: 'let a node that lost its nodes.conf in again: forget what it was everywhere, meet it, make it a replica',
  handbook: ['5.1.3', '5.3.2'],
  needs: ['restart', 'files-while-down'],
  params: z.strictObject({
    target: targetField.optional().describe('nodes to let in; default: those that the faults hit'),
    timeout: timeoutField('time for each of its waits').prefault('30s'),
  }),
  refuses: (_params, { kind }) =>
    traitsOf(kind).hasSlots
      ? undefined
      : {
          param: 'procedure',
          why: `nodes know each other by ids in a cluster only, and this is a topology of kind ${kind}`,
        },
  steps: async (ctx, { target, timeout }) => {
    for (const node of await chosen(ctx, target)) {
      const primary = await servingPrimary(node, timeout, ctx);
      await makeNew(node, timeout, ctx);
      await forget(node, ctx);
      await meet(node, primary, timeout, ctx);
      await ctx.step(
        `Make ${node.name} a replica of ${primary.name}`,
        { node: node.name, command: `CLUSTER REPLICATE ${primary.id}` },
        async () => String(await node.call(['CLUSTER', 'REPLICATE', primary.id])),
      );
      await ctx.step(`Wait until ${node.name} is in sync`, { node: node.name, command: 'INFO replication' }, () =>
        inSync(node, timeout, ctx),
      );
    }
  },
  verify: (ctx, { timeout }) => wholeAgain(ctx, timeout),
});

/** What the node had is gone with its identity: somebody else has to hold its shard before it may be emptied. */
const servingPrimary = (node: ManagedNode, timeout: number, ctx: ManagedContext): Promise<ManagedNode> =>
  ctx.step(`Look who leads the shard of ${node.name}`, { command: 'CLUSTER NODES on every node' }, async () => {
    const { shard } = node.initial;
    const view = await until(
      () => ctx.view(),
      ({ owners, nodes }) => {
        const owner = owners.get(shard);
        return owner !== undefined && owner !== node.name && nodes.get(owner)?.role === 'primary';
      },
      {
        describe: `another node leads shard ${shard} (fail over to a replica first)`,
        within: timeout,
        every: 20,
        signal: ctx.signal,
        show: ({ owners }) => owners.get(shard) ?? 'nobody',
      },
    );
    return ctx.topology.node(view.owners.get(shard)!);
  });

/** Whatever it holds itself for, it must come as a new and empty node. */
async function makeNew(node: ManagedNode, timeout: number, ctx: ManagedContext): Promise<void> {
  const file = nodesFileOf(ctx.topology.spec, placeOf(node));
  if ((await node.container.state()).status === 'exited')
    await ctx.step(
      `Start ${node.name} without its nodes.conf`,
      { node: node.name, command: `empty ${file}, start the server process` },
      () => node.container.write(file, ''),
    );
  await bringUp(node, timeout, ctx.signal);
  await ctx.step(`Reset ${node.name}`, { node: node.name, command: 'CLUSTER RESET HARD' }, async () => {
    try {
      await node.call(['CLUSTER', 'RESET', 'HARD']);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      // A primary with keys is not reset. The keys are its shard's, which its primary has.
      ctx.note({ title: `Empty ${node.name}`, node: node.name, command: 'FLUSHALL', output: error.message });
      await node.call(['FLUSHALL']);
      await node.call(['CLUSTER', 'RESET', 'HARD']);
    }
    const id = await idNow(node);
    ctx.topology.identities.learn(node.name, id);
    return `it is ${id} now`;
  });
}

/** On every node that answers, at once: gossip from one that still knows it would bring it back. */
async function forget(node: ManagedNode, ctx: ManagedContext): Promise<void> {
  const former = ctx.topology.identities.formerIds(node.name);
  const peers = peersOf(node, ctx);
  for (const id of former)
    await ctx.step(`Forget what ${node.name} was`, { command: `CLUSTER FORGET ${id} on every node` }, async () => {
      const told = await Promise.all(peers.map((peer) => forgetAt(peer, id)));
      return peers.map((peer, i) => `${peer.name}: ${told[i]}`).join('\n');
    });
}

async function forgetAt(peer: ManagedNode, id: string): Promise<string> {
  try {
    return String(await peer.call(['CLUSTER', 'FORGET', id]));
  } catch (error) {
    // From 7.2 on the news spreads by itself, and may have been here first.
    if (error instanceof ReplyError && /Unknown node/i.test(error.message)) return 'does not know it';
    throw error;
  }
}

async function meet(node: ManagedNode, member: ManagedNode, timeout: number, ctx: ManagedContext): Promise<void> {
  const { host, port } = node.announced;
  await ctx.step(`Meet ${node.name}`, { node: member.name, command: `CLUSTER MEET ${host} ${port}` }, async () =>
    String(await member.call(['CLUSTER', 'MEET', host, port])),
  );
  await ctx.step('Wait until every node knows every node', { command: 'CLUSTER NODES on every node' }, async () => {
    const others = peersOf(node, ctx);
    await nothingWrong(ctx, `every node knows ${node.name}, and it knows every node`, timeout, () =>
      strangers(node, others),
    );
    return `${others.length + 1} nodes, no handshake under way`;
  });
}

/** Who does not know whom as a member yet. */
async function strangers(node: ManagedNode, others: readonly ManagedNode[]): Promise<string[]> {
  const knows = async (one: ManagedNode, other: ManagedNode): Promise<string[]> =>
    (await linesOf(one)).some((line) => speaksOf(line, other, other.id))
      ? []
      : [`${one.name} does not know ${other.name}`];
  return (await Promise.all(others.flatMap((other) => [knows(other, node), knows(node, other)]))).flat();
}

import { z } from 'zod';
import { until } from '../core/until.js';
import { outOfSync } from '../deployment/problems.js';
import type { NodeView } from '../deployment/types.js';
import { attach, followCommand, knows, rightPrimary } from '../server/attach.js';
import { infoOf } from '../server/info.js';
import type { Endpoint } from '../server/types.js';
import { chosen } from './come-back.js';
import { targetField, timeoutField } from './fields.js';
import { laggards, nothingWrong } from './nothing-wrong.js';
import { defineProcedure, type ProcedureContext } from './types.js';

/**
 * Never a SET on the replica (handbook 5.4): it is refused, or diverges further. A replica gets everything from its primary, once it
 * follows the right one and is let in.
 */
export const repointReplica = defineProcedure({
  summary:
    'make replicas follow the primary of their shard again, with the right credentials, and wait until they are in sync',
  handbook: ['5.2', '5.4'],
  params: z.strictObject({
    target: targetField.optional().describe('replicas to repoint; default: the nodes that the faults hit'),
    timeout: timeoutField('time for a replica to be in sync').prefault('30s'),
  }),
  refuses: (_params, { replicas }) =>
    replicas === 0 ? { param: 'procedure', why: 'the topology has replicas: 0' } : undefined,
  steps: async (ctx, { target, timeout }) => {
    for (const node of await chosen(ctx, target)) {
      const leader = leaderFor(node, ctx);
      if (leader === node) continue;
      await ctx.step(`Look at ${node.name}`, { node: node.name, command: 'INFO replication' }, () => stateOf(node));
      await offerPassword(ctx, node);
      if ((await stateOf(node)).includes(`follows ${leader.announced.host}:${leader.announced.port}`)) {
        ctx.note({ title: `${node.name} follows ${leader.name} already`, node: node.name });
      } else {
        const met = await knows(node, leader, ctx.deployment);
        const { host, port } = leader.announced;
        const command = [
          ...(met ? [] : [`CLUSTER MEET ${host} ${port}`]),
          followCommand(leader, ctx.deployment).join(' '),
        ];
        await ctx.step(
          `Make ${node.name} follow ${leader.name}`,
          { node: node.name, command: command.join('; ') },
          async () => {
            await attach(node, leader, ctx.deployment, timeout);
            return `follows ${leader.name}`;
          },
        );
      }
      await ctx.step(`Wait until ${node.name} is in sync`, { node: node.name, command: 'INFO replication' }, () =>
        inSyncWith(node, leader, timeout, ctx),
      );
      // What the fault did is undone; what it may still be doing ends here.
      for (const what of (await ctx.heal?.([node.name])) ?? []) ctx.note({ title: `Ended ${what}`, node: node.name });
    }
  },
  verify: async (ctx, { target, timeout }) => {
    const repointed = await chosen(ctx, target);
    await nothingWrong(ctx, 'every repointed replica is in sync', timeout, async () =>
      laggards(await ctx.deployment.look(), repointed),
    );
  },
});

/** Itself, where it leads: a fault may have hit a primary too. */
const leaderFor = (node: Endpoint, ctx: ProcedureContext): Endpoint =>
  rightPrimary(node.initial.shard, ctx.view(), ctx.deployment);

async function stateOf(node: Endpoint): Promise<string> {
  const info = await infoOf(node, 'replication');
  if (info.text('role') === 'master') return 'calls itself primary';
  return `follows ${info.text('master_host')}:${info.text('master_port')}, link ${info.text('master_link_status')}`;
}

/** A primary may become a replica too: masterauth belongs on every node, and must be what the others ask for. */
async function offerPassword(ctx: ProcedureContext, node: Endpoint): Promise<void> {
  const { user = '', password = '' } = ctx.deployment.access.replication;
  for (const [name, right] of [
    ['masteruser', user],
    ['masterauth', password],
  ] as const) {
    const [, now] = (await node.call(['CONFIG', 'GET', name])) as string[];
    if (now === undefined || now === right) continue;
    const shown = right === '' ? '""' : '***';
    await ctx.step(
      `Give ${node.name} the right ${name}`,
      { node: node.name, command: `CONFIG SET ${name} ${shown}` },
      async () => String(await node.call(['CONFIG', 'SET', name, right])),
    );
  }
}

async function inSyncWith(node: Endpoint, leader: Endpoint, within: number, ctx: ProcedureContext): Promise<string> {
  const since = ctx.clock.now();
  const seen = await until(
    () => ctx.view().nodes.get(node.name)!,
    (view) =>
      view.t > since &&
      view.role === 'replica' &&
      view.peers.get(node.name)?.primary === leader.name &&
      outOfSync(view) === undefined,
    {
      describe: `${node.name} is in sync with ${leader.name}`,
      within,
      every: 20,
      signal: ctx.signal,
      show: (view: NodeView) => outOfSync(view) ?? view.role,
    },
  );
  return `replica of ${leader.name}, link up, offset ${seen.offset}`;
}

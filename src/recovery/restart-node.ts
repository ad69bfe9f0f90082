import { z } from 'zod';
import { duration } from '../core/fields.js';
import { until } from '../core/until.js';
import { bringUp } from '../topology/bring-up.js';
import type { RedisNode } from '../topology/types.js';
import { targetField } from './fields.js';
import { strangerTo } from './membership.js';
import { defineProcedure, type ProcedureContext } from './types.js';

/**
 * A node that kept its nodes.conf rejoins by itself. CLUSTER MEET (handbook 5.1.3) is for strangers: sent to a node that
 * lost its identity it would hide exactly that.
 */
export const restartNode = defineProcedure({
  summary: 'start the nodes that went down, check that they come back as themselves, and wait until they are in sync',
  handbook: ['5.1.3', '5.2'],
  params: z.strictObject({
    target: targetField.optional().describe('nodes to start; default: those that the faults hit'),
    timeout: duration('time for a node to be back in sync').prefault('30s'),
  }),
  restoresService: true,
  steps: async (ctx, { target, timeout }) => {
    for (const node of await chosen(ctx, target)) {
      await ctx.step(`Start ${node.name}`, { node: node.name, command: 'start the server process' }, async () => {
        await ctx.heal([node.name]);
        await bringUp(node, timeout, ctx.signal);
        return 'PONG';
      });
      await ctx.step(
        `Check that ${node.name} came back with its own id`,
        { node: node.name, command: 'CLUSTER MYID' },
        async () => {
          const id = String(await node.call(['CLUSTER', 'MYID']));
          const strange = await strangerTo(node, id, ctx);
          if (strange.length > 0)
            throw new Error(
              `${node.name} came back as ${id}, an id that ${strange.join(', ')} never met: it lost nodes.conf and has to be forgotten, met and made a replica`,
            );
          return id;
        },
      );
      await ctx.step(`Wait until ${node.name} is in sync`, { node: node.name, command: 'INFO replication' }, () =>
        inSync(node, timeout, ctx),
      );
    }
  },
  verify: async (ctx, { timeout }) => {
    await until(
      () => ctx.view(),
      (view) => view.agree,
      {
        describe: 'all nodes agree again',
        within: timeout,
        every: 20,
        signal: ctx.signal,
        show: (view) => view.problems.slice(0, 3).join('; '),
      },
    );
  },
});

async function chosen(ctx: ProcedureContext, target: string | string[] | undefined): Promise<RedisNode[]> {
  if (target === undefined && ctx.faulted.length === 0)
    throw new Error('no fault has hit a node, so there is none to start; name one with target');
  return ctx.resolve(target ?? ctx.faulted);
}

async function inSync(node: RedisNode, timeout: number, ctx: ProcedureContext): Promise<string> {
  const view = await until(
    () => ctx.view().nodes.get(node.name)!,
    (seen) =>
      (seen.role === 'replica' && seen.linkUp && !seen.syncing) || (seen.role === 'primary' && seen.state === 'ok'),
    {
      describe: `${node.name} is in sync`,
      within: timeout,
      every: 20,
      signal: ctx.signal,
      show: (seen) => `${seen.role}, link ${seen.linkUp ? 'up' : 'down'}${seen.syncing ? ', synchronising' : ''}`,
    },
  );
  return view.role === 'replica' ? `replica, link up, offset ${view.offset}` : 'primary, cluster_state:ok';
}

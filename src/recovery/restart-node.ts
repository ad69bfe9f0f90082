import { z } from 'zod';
import { until } from '../core/until.js';
import { traitsOf } from '../deployment/kinds.js';
import { watches } from '../deployment/roles.js';
import { idNow } from '../server/membership.js';
import { ownerNow } from '../server/owners.js';
import { ReplyError } from '../server/resp.js';
import { bringUp } from '../topology/bring-up.js';
import { pathsOf } from '../topology/config.js';
import { hasSettings, writeForNextStart } from '../topology/next-start.js';
import { lowered, type Settings, shownSettings } from '../topology/settings.js';
import { nextSettings } from '../topology/settings-field.js';
import type { ManagedNode } from '../topology/types.js';
import { backAmongOthers, chosen, follow, inSync } from './come-back.js';
import { targetField, timeoutField } from './fields.js';
import { strangerTo } from './membership.js';
import { defineManagedProcedure, type ManagedContext } from './types.js';

/**
 * A node that kept its nodes.conf rejoins by itself. CLUSTER MEET (handbook 5.1.3) is for strangers: sent to a node that
 * lost its identity it would hide exactly that.
 */
export const restartNode = defineManagedProcedure({
  summary: 'start the nodes that went down, check that they come back as themselves, and wait until they are in sync',
  handbook: ['5.1.3', '5.2'],
  needs: ['restart', 'files-while-down'],
  params: z.strictObject({
    target: targetField.optional().describe('nodes to start; default: those that the faults hit'),
    timeout: timeoutField('time for a node to be back in sync').prefault('30s'),
    config: nextSettings.optional(),
    wait: z
      .boolean()
      .default(true)
      .describe('false: it is done when the processes are started, whether they answer, load for minutes or end again'),
  }),
  restoresService: true,
  refuses: ({ config, wait }) =>
    config && !wait
      ? { param: 'config', why: 'who does not wait for a node can not ask it for its settings' }
      : undefined,
  steps: async (ctx, { target, timeout, config, wait }) => {
    const nodes = await chosen(ctx, target);
    // All of them, before any is waited for: where a majority is down none gets well alone.
    for (const node of nodes) {
      if (!traitsOf(ctx.topology.kind).hasSlots) await followFromTheStart(ctx, node);
      if (config) await otherSettings(ctx, node, lowered(config));
      await ctx.step(`Start ${node.name}`, { node: node.name, command: 'start the server process' }, () =>
        wait ? startAndWait(ctx, node, timeout) : startAlone(ctx, node),
      );
    }
    if (!wait) return;
    for (const node of nodes) {
      if (config)
        await ctx.step(
          `Ask ${node.name} for its settings`,
          { node: node.name, command: `CONFIG GET ${Object.keys(config).join(' ')}` },
          () => hasSettings(node, lowered(config)),
        );
      if (traitsOf(ctx.topology.kind).hasSlots) await itself(ctx, node);
      else await follow(ctx, node, timeout);
      if (watches(node.initial)) continue;
      await ctx.step(`Wait until ${node.name} is in sync`, { node: node.name, command: 'INFO replication' }, () =>
        inSync(node, timeout, ctx),
      );
    }
  },
  verify: async (ctx, { target, timeout, wait }) => {
    const nodes = await chosen(ctx, target);
    if (wait) await backAmongOthers(ctx, nodes, timeout);
  },
});

async function startAndWait(ctx: ManagedContext, node: ManagedNode, timeout: number): Promise<string> {
  const healed = await ctx.heal([node.name]);
  await bringUp(node, timeout, ctx.signal);
  return ['PONG', ...healed.map((what) => `ended ${what}`)].join('\n');
}

/** Started before the faults on it are undone: to undo one that ended it would be to wait until it answers. */
async function startAlone(ctx: ManagedContext, node: ManagedNode): Promise<string> {
  const started = await isDown(node, ctx);
  if (started) await node.container.start();
  const healed = await ctx.heal([node.name]);
  const { status, exitCode } = await node.container.state();
  if (status === 'paused') await node.container.unpause();
  return [
    started ? 'started, and not waited for' : 'nothing was to be started',
    status === 'exited' ? `it has ended again with exit code ${exitCode}` : 'its process runs',
    ...healed.map((what) => `ended ${what}`),
  ].join('\n');
}

/** What runs has read its configuration long ago. */
const otherSettings = (ctx: ManagedContext, node: ManagedNode, settings: Settings): Promise<string> =>
  ctx.step(
    `Give ${node.name} other settings`,
    { node: node.name, command: `${shownSettings(settings).join(', ')} in redis.conf` },
    async () => {
      if (watches(node.initial)) throw new Error('a sentinel rewrites its settings itself');
      if (!(await isDown(node, ctx))) throw new Error(`${node.name} runs: stop it first`);
      await writeForNextStart(node, settings);
      return 'from its next start on';
    },
  );

const itself = (ctx: ManagedContext, node: ManagedNode): Promise<string> =>
  ctx.step(
    `Check that ${node.name} came back with its own id`,
    { node: node.name, command: 'CLUSTER MYID' },
    async () => {
      const id = await idNow(node);
      const strange = await strangerTo(node, id, ctx);
      if (strange.length > 0)
        throw new Error(
          `${node.name} came back as ${id}, an id that ${strange.join(', ')} never met: it lost nodes.conf and has to be forgotten, met and made a replica`,
        );
      return id;
    },
  );

/**
 * A primary that was replaced comes back as a primary, for seconds with sentinels and for good without: whoever still has its
 * address writes to it, and loses those writes. So its configuration is changed before it starts.
 */
export async function followFromTheStart(ctx: ManagedContext, node: ManagedNode): Promise<void> {
  if (watches(node.initial) || !(await isDown(node, ctx))) return;
  const leader = ownerNow(1, ctx.view(), ctx.topology);
  if (leader === node.name) return;
  const { host, port } = ctx.topology.node(leader).announced;
  const line = `replicaof ${host} ${port}`;
  await ctx.step(
    `Let ${node.name} come back as a replica`,
    { node: node.name, command: `${line} in redis.conf` },
    async () => {
      const { config } = pathsOf(node);
      const text = (await node.container.read(config)).toString();
      await node.container.write(config, `${text.replace(/^(replicaof|slaveof) .*\n/gm, '')}${line}\n`);
      return `follows ${leader}`;
    },
  );
}

/** A process that is busy dying (a crash report takes a while) is waited for. */
async function isDown(node: ManagedNode, { signal }: ManagedContext): Promise<boolean> {
  // An error is an answer too: one that loads is not down.
  const answers = (): Promise<boolean> =>
    node.call(['PING'], { timeout: 250 }).then(
      () => true,
      (error) => error instanceof ReplyError,
    );
  const status = await until(
    async () => {
      const { status } = await node.container.state();
      return status === 'running' && (await answers()) ? 'answering' : status;
    },
    (seen) => seen !== 'running',
    { describe: `${node.name} is down, or answers`, within: 10_000, every: 20, signal },
  );
  return status === 'exited' || status === 'created';
}

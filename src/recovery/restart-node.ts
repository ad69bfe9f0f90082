import { z } from 'zod';
import { until } from '../core/until.js';
import { traitsOf } from '../deployment/kinds.js';
import { watches } from '../deployment/roles.js';
import { flagWord } from '../deployment/table-facts.js';
import type { ClusterView } from '../deployment/types.js';
import { idNow } from '../server/membership.js';
import { ownerNow } from '../server/owners.js';
import { ReplyError } from '../server/resp.js';
import { bringUp } from '../topology/bring-up.js';
import { pathsOf } from '../topology/config.js';
import { hasSettings, writeForNextStart } from '../topology/next-start.js';
import { lowered, type Settings, shownSettings } from '../topology/settings.js';
import { nextSettings } from '../topology/settings-field.js';
import type { ManagedNode } from '../topology/types.js';
import { targetField, timeoutField } from './fields.js';
import { strangerTo } from './membership.js';
import { disagreements, nothingWrong } from './nothing-wrong.js';
import { defineProcedure, type ProcedureContext } from './types.js';

/**
 * A node that kept its nodes.conf rejoins by itself. CLUSTER MEET (handbook 5.1.3) is for strangers: sent to a node that
 * lost its identity it would hide exactly that.
 */
export const restartNode = defineProcedure({
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
    if (!wait) return;
    // Sentinels that are back may have work to do: a primary that they could not replace before.
    if (nodes.every((node) => watches(node.initial))) return;
    if (!traitsOf(ctx.topology.kind).hasSlots) return wholeAgain(ctx, timeout);
    const started = nodes.map(({ name }) => name);
    await nothingWrong(ctx, 'all nodes agree about the started ones', timeout, () =>
      started.flatMap((name) => disputed(name, ctx.view(), ctx.topology.spec.kind)),
    );
  },
});

async function startAndWait(ctx: ProcedureContext, node: ManagedNode, timeout: number): Promise<string> {
  const healed = await ctx.heal([node.name]);
  await bringUp(node, timeout, ctx.signal);
  return ['PONG', ...healed.map((what) => `ended ${what}`)].join('\n');
}

/** Started before the faults on it are undone: to undo one that ended it would be to wait until it answers. */
async function startAlone(ctx: ProcedureContext, node: ManagedNode): Promise<string> {
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
const otherSettings = (ctx: ProcedureContext, node: ManagedNode, settings: Settings): Promise<string> =>
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

const itself = (ctx: ProcedureContext, node: ManagedNode): Promise<string> =>
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

/** What the others hold against the node, or otherwise than itself. What else is wrong with the cluster is not this node's doing. */
function disputed(name: string, { nodes }: ClusterView, kind: string): string[] {
  const self = nodes.get(name)?.peers.get(name);
  if (!self) return [`${name} does not answer`];
  return [...nodes.values()].flatMap(({ node, reachable, peers }) => {
    if (!reachable) return [];
    const peer = peers.get(name);
    if (!peer) return [`${node} does not know ${name}`];
    if (peer.health !== 'ok') return [`${node} flags ${name} ${flagWord(peer.health, kind)}`];
    const same = peer.role === self.role && peer.primary === self.primary;
    return same ? [] : [`${node} takes ${name} for a ${peer.role}${peer.primary ? ` of ${peer.primary}` : ''}`];
  });
}

export const wholeAgain = (ctx: ProcedureContext, timeout: number): Promise<void> =>
  nothingWrong(ctx, 'all nodes agree again', timeout, () => disagreements(ctx.view()));

export async function chosen(ctx: ProcedureContext, target: string | string[] | undefined): Promise<ManagedNode[]> {
  if (target === undefined && ctx.faulted.length === 0)
    throw new Error('no fault has hit a node, so there is none to start; name one with target');
  return ctx.resolve(target ?? ctx.faulted);
}

/**
 * A primary that was replaced comes back as a primary, for seconds with sentinels and for good without: whoever still has its
 * address writes to it, and loses those writes. So its configuration is changed before it starts.
 */
export async function followFromTheStart(ctx: ProcedureContext, node: ManagedNode): Promise<void> {
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
async function isDown(node: ManagedNode, { signal }: ProcedureContext): Promise<boolean> {
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

/** One that was only frozen still holds itself for the primary. */
export async function follow(ctx: ProcedureContext, node: ManagedNode, within: number): Promise<void> {
  if (watches(node.initial)) return;
  const view = await ctx.topology.look();
  const leader = ownerNow(1, view, ctx.topology);
  if (leader === node.name || view.nodes.get(node.name)?.role !== 'primary') return;
  const { host, port } = ctx.topology.node(leader).announced;
  const command = ['REPLICAOF', host, String(port)];
  await ctx.step(`Make ${node.name} follow ${leader}`, { node: node.name, command: command.join(' ') }, async () => {
    const reply = await node.call(command);
    await until(
      () => ctx.view().nodes.get(node.name)?.role,
      (role) => role === 'replica',
      { describe: `${node.name} is a replica`, within, every: 20, signal: ctx.signal },
    );
    return reply;
  });
}

export async function inSync(node: ManagedNode, timeout: number, ctx: ProcedureContext): Promise<string> {
  const view = await until(
    () => {
      const view = ctx.view();
      const leads = [...view.owners.values()].includes(node.name);
      return { ...view.nodes.get(node.name)!, leads };
    },
    (seen) =>
      (seen.role === 'replica' && seen.linkUp && !seen.syncing) ||
      (seen.role === 'primary' && seen.leads && seen.state === 'ok'),
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

/** What becomes of a node that is back: whom it follows, whether it is in sync, what the others hold of it. All of it by commands. */
import { until } from '../core/until.js';
import { traitsOf } from '../deployment/kinds.js';
import { watches } from '../deployment/roles.js';
import { flagWord } from '../deployment/table-facts.js';
import type { ClusterView } from '../deployment/types.js';
import { ownerNow } from '../server/owners.js';
import type { Endpoint } from '../server/types.js';
import { disagreements, nothingWrong } from './nothing-wrong.js';
import type { ProcedureContext } from './types.js';

/** Those that are named, or else those in trouble. */
export async function chosen<Node extends Endpoint>(
  ctx: ProcedureContext<Node>,
  target: string | string[] | undefined,
): Promise<Node[]> {
  if (target === undefined && ctx.faulted.length === 0)
    throw new Error('no fault has hit a node, so there is none to start; name one with target');
  return ctx.resolve(target ?? ctx.faulted);
}

/** One that was only frozen still holds itself for the primary. */
export async function follow(ctx: ProcedureContext, node: Endpoint, within: number): Promise<void> {
  if (watches(node.initial)) return;
  const view = await ctx.deployment.look();
  const leader = ownerNow(1, view, ctx.deployment);
  if (leader === node.name || view.nodes.get(node.name)?.role !== 'primary') return;
  const { host, port } = ctx.deployment.node(leader).announced;
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

export async function inSync(node: Endpoint, timeout: number, ctx: ProcedureContext): Promise<string> {
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

export const wholeAgain = (ctx: ProcedureContext, timeout: number): Promise<void> =>
  nothingWrong(ctx, 'all nodes agree again', timeout, () => disagreements(ctx.view()));

/** They are what the others hold them for. */
export async function backAmongOthers(
  ctx: ProcedureContext,
  nodes: readonly Endpoint[],
  timeout: number,
): Promise<void> {
  const { kind } = ctx.deployment;
  // Sentinels that are back may have work to do: a primary that they could not replace before.
  if (nodes.every((node) => watches(node.initial))) return;
  if (!traitsOf(kind).hasSlots) return wholeAgain(ctx, timeout);
  await nothingWrong(ctx, 'all nodes agree about the started ones', timeout, () =>
    nodes.flatMap(({ name }) => disputed(name, ctx.view(), kind)),
  );
}

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

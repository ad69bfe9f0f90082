/**
 * Members of a cluster learn an address from the node itself, as soon as it speaks to them: nearly always it is enough to
 * wait. They don't where neither can speak to the other. Counter-example: node-1 and node-5 change places. Each finds
 * itself where the other was, strikes that address out, and waits to hear from the other, for ever.
 */
import { s } from '../../core/units.js';
import { WaitTimeout } from '../../core/until.js';
import type { ClusterView } from '../../deployment/types.js';
import type { Endpoint } from '../../server/types.js';
import { nothingWrong } from '../nothing-wrong.js';
import type { ProcedureContext } from '../types.js';

/** Every member hears from some others each second. */
const GOSSIP = s(3);
const SETTING = 'cluster-announce-ip';

export async function inCluster(ctx: ProcedureContext, nodes: readonly Endpoint[], within: number): Promise<void> {
  for (const node of nodes) await announceRight(ctx, node);
  // One that nobody has looked at since it came back says nothing of whom it misses.
  await nothingWrong(ctx, 'who moved answers', within, () =>
    nodes.flatMap(({ name }) => (ctx.view().nodes.get(name)?.reachable ? [] : [`${name} does not answer`])),
  );
  for (const node of ctx.deployment.nodes) {
    const missed = misplacedIn(ctx.view(), node.name).filter(({ about }) => about !== node.name);
    for (const { about, at } of missed) {
      const { host, port } = ctx.deployment.node(about).announced;
      await ctx.step(
        `Tell ${node.name} where ${about} is`,
        { node: node.name, command: `CLUSTER MEET ${host} ${port}` },
        async () => `${String(await node.call(['CLUSTER', 'MEET', host, port]))}; it looked ${at || 'nowhere'}`,
      );
    }
  }
  await ctx.step('Wait until every node finds every node', { command: 'CLUSTER NODES on every node' }, async () => {
    await nothingWrong(ctx, 'every node finds every node', within, () =>
      ctx.deployment.nodes.flatMap(({ name }) =>
        misplacedIn(ctx.view(), name).map(({ about, at }) => `${name} looks for ${about} ${at || 'nowhere'}`),
      ),
    );
    return `${ctx.deployment.nodes.length} nodes`;
  });
  for (const node of ctx.deployment.nodes) await settleEpoch(ctx, node, within);
}

/**
 * What comes in over a link to an address is taken for the word of the node that was there (Redis 7.0 and newer): peers may
 * have taken over the epoch of the one that is there now, and hold a higher one than the node itself. Then they never agree
 * again; a new epoch is above both.
 */
async function settleEpoch(ctx: ProcedureContext, node: Endpoint, within: number): Promise<void> {
  const differ = (): string[] => {
    const { nodes } = ctx.view();
    const own = nodes.get(node.name)?.peers.get(node.name);
    if (own?.role !== 'primary') return [];
    return [...nodes.values()].flatMap(({ node: name, peers }) => {
      const epoch = peers.get(node.name)?.epoch;
      return epoch === undefined || epoch === own.epoch ? [] : [`${name} holds epoch ${epoch}, it says ${own.epoch}`];
    });
  };
  try {
    await nothingWrong(ctx, `all agree on the epoch of ${node.name}`, GOSSIP, differ);
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
    await ctx.step(`Give ${node.name} a new epoch`, { node: node.name, command: 'CLUSTER BUMPEPOCH' }, async () => {
      const before = differ();
      const reply = await node.call(['CLUSTER', 'BUMPEPOCH']);
      await nothingWrong(ctx, `all agree on the new epoch of ${node.name}`, within, differ);
      return `${String(reply)}; before, ${before.join(', ')}`;
    });
  }
}

/** A fixed setting goes on telling everybody the address that it once was right for. */
async function announceRight(ctx: ProcedureContext, node: Endpoint): Promise<void> {
  const [, told = ''] = (await node.call(['CONFIG', 'GET', SETTING])) as string[];
  const { host } = node.announced;
  if (told === host) return;
  await ctx.step(
    `Let ${node.name} announce where it is`,
    { node: node.name, command: `CONFIG SET ${SETTING} ${host}; CONFIG REWRITE` },
    async () => {
      await node.call(['CONFIG', 'SET', SETTING, host]);
      await node.call(['CONFIG', 'REWRITE']);
      return `it announced ${told || 'nothing'}`;
    },
  );
}

/** Whom this node looks for where it is not. */
function misplacedIn({ nodes }: ClusterView, name: string): { about: string; at: string }[] {
  const view = nodes.get(name);
  if (!view?.reachable) return [];
  return [...view.peers].flatMap(([about, { misplaced }]) =>
    misplaced === undefined ? [] : [{ about, at: misplaced }],
  );
}

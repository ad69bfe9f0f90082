/**
 * Sentinels know nodes by their addresses, and forget none by themselves. A primary that comes back elsewhere is a stranger to
 * them: they replace it, never make it a replica again, and it goes on calling itself primary. A replica is found again
 * through its primary, but its former address stays on their lists, as one that is down.
 */
import { until, WaitTimeout } from '../../core/until.js';
import { PRIMARY_NAME } from '../../topology/config.js';
import { leaderIn } from '../../topology/follow.js';
import type { ClusterView, RedisNode } from '../../topology/types.js';
import { answeringSentinels, watchAnother } from '../failover/sentinel.js';
import { nothingWrong } from '../nothing-wrong.js';
import type { ProcedureContext } from '../types.js';
import { followAt } from './replication.js';

export async function withSentinels(ctx: ProcedureContext, nodes: readonly RedisNode[], within: number): Promise<void> {
  await followAt(ctx, await settled(ctx, nodes, within));
  for (const sentinel of answeringSentinels(ctx)) await forgetAt(ctx, sentinel, within);
}

/**
 * Sentinels that miss their primary replace it, which takes its time: who is in their way meanwhile may point replicas to a
 * primary that came back empty. If they can't, the moved one is what it was, and they are told where.
 */
async function settled(ctx: ProcedureContext, nodes: readonly RedisNode[], within: number): Promise<RedisNode> {
  const leading = (): string | undefined => {
    const { owners, nodes: views } = ctx.view();
    const owner = owners.get(1);
    const sure = answeringSentinels(ctx).every(({ name }) => leaderIn(views.get(name)!) === owner);
    return owner !== undefined && sure && views.get(owner)?.role === 'primary' ? owner : undefined;
  };
  try {
    const name = await ctx.step('Look whom the sentinels hold for the primary', { command: 'SENTINEL MASTER' }, () =>
      until(leading, (found) => found !== undefined, {
        describe: 'all sentinels hold the same node for the primary, and it is one',
        within,
        every: 50,
        signal: ctx.signal,
        show: () => ctx.view().owners.get(1) ?? 'nobody',
      }),
    );
    return ctx.topology.node(name!);
  } catch (error) {
    const leader = nodes.find(({ name }) => ctx.view().nodes.get(name)?.role === 'primary');
    if (!(error instanceof WaitTimeout) || !leader) throw error;
    for (const sentinel of answeringSentinels(ctx)) await watchAnother(ctx, sentinel, leader);
    return leader;
  }
}

/** To be done to one after the other: a sentinel that has just forgotten everything is no use to a failover. */
async function forgetAt(ctx: ProcedureContext, sentinel: RedisNode, within: number): Promise<void> {
  const former = strange(ctx.view(), sentinel.name);
  if (former.length === 0) return;
  await ctx.step(
    `Let ${sentinel.name} forget former addresses`,
    { node: sentinel.name, command: `SENTINEL RESET ${PRIMARY_NAME}` },
    async () => {
      await sentinel.call(['SENTINEL', 'RESET', PRIMARY_NAME]);
      await nothingWrong(ctx, `${sentinel.name} knows everybody again`, within, async () =>
        missedBy(sentinel, await ctx.topology.look(), ctx),
      );
      return `forgot ${former.join(', ')}`;
    },
  );
}

/** Those on its lists that are no nodes any more. */
const strange = ({ nodes }: ClusterView, sentinel: string): string[] =>
  [...(nodes.get(sentinel)?.peers.keys() ?? [])].filter((name) => !nodes.has(name));

/** Whom it does not hold for well, of those that answer. */
function missedBy(sentinel: RedisNode, view: ClusterView, { topology }: ProcedureContext): string[] {
  const peers = view.nodes.get(sentinel.name)?.peers;
  const missed = topology.all.filter(({ name }) => {
    const peer = peers?.get(name);
    return view.nodes.get(name)?.reachable && (!peer?.linked || peer.health !== 'ok');
  });
  return [...strange(view, sentinel.name), ...missed.map(({ name }) => `${name} is missing`)];
}

/**
 * Sentinels know nodes by their addresses, and forget none by themselves. A primary that comes back elsewhere is a stranger to
 * them: they replace it, never make it a replica again, and it goes on calling itself primary. A replica is found again
 * through its primary, but its former address stays on their lists, as one that is down.
 */
import { WaitTimeout } from '../../core/until.js';
import type { Endpoint } from '../../server/types.js';
import { answeringSentinels, watchAnother } from '../failover/sentinel.js';
import { forgetAt, settledPrimary, strange } from '../reset-sentinels.js';
import type { ProcedureContext } from '../types.js';
import { followAt } from './replication.js';

export async function withSentinels(ctx: ProcedureContext, nodes: readonly Endpoint[], within: number): Promise<void> {
  await followAt(ctx, await settled(ctx, nodes, within));
  for (const sentinel of answeringSentinels(ctx))
    if (strange(ctx.view(), sentinel.name).length > 0) await forgetAt(ctx, sentinel, within);
}

/**
 * Sentinels that miss their primary replace it, which takes its time: who is in their way meanwhile may point replicas to a
 * primary that came back empty. If they can't, the moved one is what it was, and they are told where.
 */
async function settled(ctx: ProcedureContext, nodes: readonly Endpoint[], within: number): Promise<Endpoint> {
  try {
    return ctx.deployment.node(await settledPrimary(ctx, within));
  } catch (error) {
    const leader = nodes.find(({ name }) => ctx.view().nodes.get(name)?.role === 'primary');
    if (!(error instanceof WaitTimeout) || !leader) throw error;
    for (const sentinel of answeringSentinels(ctx)) await watchAnother(ctx, sentinel, leader);
    return leader;
  }
}

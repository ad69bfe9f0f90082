import { ownerNow, replicasNow } from '../../server/owners.js';
import { bestReplica, type Choice } from '../best-replica.js';
import type { ProcedureContext } from '../types.js';

/** The best replica of a shard, with what it lacks and why not the others, all of it logged. */
export async function choose(ctx: ProcedureContext, shard: number): Promise<{ choice: Choice; primary: string }> {
  const view = ctx.view();
  const primary = ownerNow(shard, view, ctx.deployment);
  const choice = await ctx.step(`Compare the replicas of ${primary}`, { command: 'INFO replication' }, async () => {
    const candidates = replicasNow(shard, view, ctx.deployment).map((name) => {
      const seen = view.nodes.get(name)!;
      return {
        name,
        reachable: seen.reachable,
        replid: seen.replid,
        offset: seen.offset,
        linkDownFor: seen.linkDownFor,
        priority: seen.priority,
        loading: seen.role === 'loading',
      };
    });
    const seen = view.nodes.get(primary);
    return bestReplica(candidates, seen?.reachable && seen.role === 'primary' ? seen : undefined);
  });
  ctx.note({
    title: `Chosen: ${choice.best.name} at offset ${choice.best.offset}`,
    node: choice.best.name,
    output: [
      choice.behind === undefined
        ? 'the primary does not answer: what its replicas have not received is lost'
        : `${choice.behind} bytes behind the primary`,
      ...choice.rejected,
    ].join('\n'),
  });
  return { choice, primary };
}

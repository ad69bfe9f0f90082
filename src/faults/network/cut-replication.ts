import { z } from 'zod';
import { until, WaitTimeout } from '../../core/until.js';
import { PORT } from '../../topology/config.js';
import type { ManagedNode } from '../../topology/types.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { between, manner, raiseAround } from './barrier.js';
import { feeds } from './cut.js';

/** The primary has something to send once in repl-ping-replica-period at the latest. */
const BUDGET = 15_000;
/** A replica that stands still for so long after its primary went on is not just behind. */
const STILL = 500;
/** In this time one that follows has what its primary had. */
const LEVEL = 3000;

export const cutReplication = defineFault({
  summary:
    'cut the replication link of each target, a replica or a primary with all its replicas; the cluster bus and clients go on, and the link status says "up" until repl-timeout',
  handbook: ['2.1.2', '5.3', '5.4'],
  params: z.strictObject({ how: manner }),
  impact: 'none',
  needs: ['cut'],
  inject: async (targets, { how }, ctx) => {
    const pairs = pairsOf(targets, ctx);
    await Promise.all(pairs.map(({ primary, replica }) => follows(primary, replica, ctx)));
    const of = (left: readonly ManagedNode[]) =>
      pairs.filter(({ primary, replica }) => left.includes(primary) || left.includes(replica));
    const raised = await raiseAround(
      targets,
      (left) => of(left).flatMap(({ primary, replica }) => between([primary], [replica], PORT)),
      how,
      `cut the replication of ${pairs.map(({ replica }) => replica.name).join(', ')}`,
      ctx,
    );
    return { ...raised, starved: pairs.map(({ replica }) => replica.name), pairs };
  },
  effect: async (_targets, _params, ctx, { moment, pairs }) => {
    const seen = await Promise.all(pairs.map(({ primary, replica }) => leftBehind(primary, replica, ctx)));
    return { ...moment, text: seen.join('; ') };
  },
});

function pairsOf(targets: ManagedNode[], ctx: FaultContext) {
  const pairs = feeds(ctx).filter(({ primary, replica }) => targets.includes(primary) || targets.includes(replica));
  if (pairs.length === 0)
    throw new DidNotBite(`${targets.map((node) => node.name).join(', ')} replicates nothing and feeds no replica`);
  return pairs;
}

/**
 * The replica must lose its link, or stand still for a while although its primary has gone on: a primary that has just sent
 * something is always ahead.
 */
async function leftBehind(primary: ManagedNode, replica: ManagedNode, { view, signal }: FaultContext): Promise<string> {
  let stood = Number.NaN;
  let behindSince = Number.NaN;
  try {
    return await until(
      () => {
        const [ahead, behind] = [view().nodes.get(primary.name), view().nodes.get(replica.name)];
        if (!ahead?.reachable || !behind?.reachable) return '';
        if (!behind.linkUp) return `${replica.name} has lost its link to ${primary.name}`;
        if (behind.offset !== stood || ahead.offset <= stood) [stood, behindSince] = [behind.offset, Number.NaN];
        else if (Number.isNaN(behindSince)) behindSince = ahead.t;
        if (!(behind.t - behindSince >= STILL)) return '';
        return `${replica.name} stands at offset ${stood} while ${primary.name} is at ${ahead.offset}; its link status still says "up"`;
      },
      (text) => text !== '',
      { describe: `${replica.name} falls behind ${primary.name}`, within: BUDGET, every: 20, signal },
    );
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
    throw new DidNotBite(error.message, { cause: error });
  }
}

/** One that is behind anyway, and gets no nearer, shows nothing. */
async function follows(primary: ManagedNode, replica: ManagedNode, { view, signal }: FaultContext): Promise<void> {
  const { nodes } = view();
  const goal = nodes.get(primary.name)!.offset;
  const since = nodes.get(replica.name)!.t;
  await until(
    () => view().nodes.get(replica.name)!,
    ({ linkUp, syncing, offset, t }) => linkUp && !syncing && offset >= goal && t > since,
    { describe: `${replica.name} has what ${primary.name} had`, within: LEVEL, every: 20, signal },
  ).catch((error: unknown) => {
    if (!(error instanceof WaitTimeout)) throw error;
    throw new DidNotBite(`${replica.name} does not follow ${primary.name} in the first place`, { cause: error });
  });
}

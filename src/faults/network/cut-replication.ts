import { z } from 'zod';
import { until, WaitTimeout } from '../../core/until.js';
import { PORT } from '../../topology/config.js';
import type { RedisNode } from '../../topology/types.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { between, manner, raise } from './barrier.js';
import { feeds } from './cut.js';

/** The primary has something to send once in repl-ping-replica-period at the latest. */
const BUDGET = 15_000;
/** A replica whose offset stands still for so long while its primary goes on is not just behind. */
const STILL = 500;

export const cutReplication = defineFault({
  summary:
    'cut the replication link of each target, a replica or a primary with all its replicas; the cluster bus and clients go on, and the link status says "up" until repl-timeout',
  handbook: ['2.1.2', '5.3', '5.4'],
  params: z.strictObject({ how: manner }),
  impact: 'none',
  needs: { tools: true },
  inject: async (targets, { how }, ctx) => {
    const pairs = pairsOf(targets, ctx);
    const raised = await raise(
      pairs.flatMap(({ primary, replica }) => between([primary], [replica], PORT)),
      how,
      `cut the replication of ${pairs.map(({ replica }) => replica.name).join(', ')}`,
      ctx,
    );
    return {
      ...raised,
      starved: pairs.map(({ replica }) => replica.name),
      groups: pairs.map(({ primary, replica }) => [primary, replica]),
    };
  },
  effect: async (_targets, _params, ctx, { moment, requestedAt, groups = [] }) => {
    const seen = await Promise.all(groups.map(([primary, replica]) => leftBehind(primary!, replica!, ctx)));
    return { ...(moment ?? { at: requestedAt, uncertainty: 0 }), text: seen.join('; ') };
  },
});

function pairsOf(targets: RedisNode[], ctx: FaultContext) {
  const pairs = feeds(ctx).filter(({ primary, replica }) => targets.includes(primary) || targets.includes(replica));
  if (pairs.length === 0)
    throw new DidNotBite(`${targets.map((node) => node.name).join(', ')} replicates nothing and feeds no replica`);
  return pairs;
}

/** The replica must lose its link, or stand still while its primary goes on. */
async function leftBehind(
  primary: RedisNode,
  replica: RedisNode,
  { view, clock, signal }: FaultContext,
): Promise<string> {
  let since = clock.now();
  let stood = Number.NaN;
  try {
    return await until(
      () => {
        const [ahead, behind] = [view().nodes.get(primary.name), view().nodes.get(replica.name)];
        if (!ahead?.reachable || !behind?.reachable) return '';
        if (!behind.linkUp) return `${replica.name} has lost its link to ${primary.name}`;
        if (behind.offset !== stood) [since, stood] = [behind.t, behind.offset];
        if (ahead.offset <= stood || behind.t - since < STILL) return '';
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

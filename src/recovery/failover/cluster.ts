/**
 * CLUSTER FAILOVER is sent to the replica that is to lead. Graceful while the primary answers; FORCE when it is down and a
 * majority can vote; TAKEOVER when there is no majority. An OK only means "started", so the outcome is waited for.
 */

import { until } from '../../core/until.js';
import { majorityOf } from '../../deployment/electorate.js';
import { manualWithin } from '../../deployment/timing.js';
import { ownerNow } from '../../server/owners.js';
import { isAlive, type Mode, type Promotion } from './types.js';

const command: Record<Mode, string[]> = {
  graceful: ['CLUSTER', 'FAILOVER'],
  force: ['CLUSTER', 'FAILOVER', 'FORCE'],
  takeover: ['CLUSTER', 'FAILOVER', 'TAKEOVER'],
};

export const inCluster: Promotion = {
  async decide(ctx, wish, primary) {
    const view = ctx.view();
    const owners = ctx.deployment.shards.map(({ shard }) => ownerNow(shard, view, ctx.deployment));
    const [alive, ...votes] = await Promise.all([primary, ...owners].map((name) => isAlive(ctx, name)));
    const voters = votes.filter(Boolean).length;
    const majority = voters >= majorityOf(ctx.deployment.shards.length);
    if (wish === 'auto') return alive ? 'graceful' : majority ? 'force' : 'takeover';
    if (wish === 'graceful' && !alive)
      throw new Error(`a graceful failover needs ${primary} to answer; use force, or takeover without a majority`);
    if (wish === 'force' && !majority)
      throw new Error(
        `FORCE needs the votes of a majority of primaries, ${voters} of ${ctx.deployment.shards.length} answer; use takeover`,
      );
    return wish;
  },
  async promote(ctx, { replica, shard, how, timeout }) {
    const words = command[how];
    await ctx.step(`Promote ${replica.name}`, { node: replica.name, command: words.join(' ') }, async () => {
      const before = ctx.view().nodes.get(replica.name)?.currentEpoch ?? 0;
      // A graceful one is given up after a while, FORCE can lose its vote: ask again rather than give up.
      const patience = manualWithin(ctx.deployment.nodeTimeout);
      const deadline = ctx.clock.now() + timeout;
      for (;;) {
        const reply = String(await replica.call(words));
        try {
          const seen = await until(
            () => ctx.view(),
            (view) =>
              view.nodes.get(replica.name)?.role === 'primary' &&
              (how === 'takeover' || view.owners.get(shard) === replica.name),
            {
              describe: `${replica.name} becomes primary`,
              within: Math.max(1, Math.min(patience, deadline - ctx.clock.now())),
              every: 10,
              signal: ctx.signal,
              show: (view) => view.nodes.get(replica.name)?.role ?? 'gone',
            },
          );
          return `${reply}; primary since epoch ${seen.nodes.get(replica.name)!.currentEpoch} (was ${before})`;
        } catch (error) {
          if (ctx.signal.aborted || ctx.clock.now() >= deadline) throw error;
        }
      }
    });
  },
};

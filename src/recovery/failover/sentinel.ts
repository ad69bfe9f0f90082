/**
 * SENTINEL FAILOVER asks one sentinel to fail over without the others' agreement; it picks the replica itself. It does not
 * wait for the old primary, whose last writes may be lost (Valkey 9 can: COORDINATED). Without a majority of sentinels the
 * operator promotes by hand and tells every sentinel that answers what to watch.
 */

import { until } from '../../core/until.js';
import { majorityOf } from '../../deployment/electorate.js';
import { atLeast } from '../../deployment/versions.js';
import type { Endpoint } from '../../server/types.js';
import type { ProcedureContext } from '../types.js';
import { becomesPrimary, moveReplicas } from './replication.js';
import { isAlive, type Order, type Promotion } from './types.js';

export const bySentinel: Promotion = {
  async decide(ctx, wish, primary) {
    const answering = answeringSentinels(ctx).length;
    const all = ctx.deployment.sentinels.length;
    const majority = answering >= majorityOf(all);
    if (wish === 'auto') return majority ? 'force' : 'takeover';
    if (wish === 'graceful') {
      if (!(await isAlive(ctx, primary))) throw new Error(`a graceful failover needs ${primary} to answer; use force`);
      if (!coordinates(ctx))
        throw new Error('sentinels of this server fail over without waiting for the primary; use force');
    }
    if (wish !== 'takeover' && !majority)
      throw new Error(`${answering} of ${all} sentinels answer, no majority; use takeover`);
    return wish;
  },
  promote: (ctx, order) => (order.how === 'takeover' ? takeOver(ctx, order) : ask(ctx, order)),
};

export const answeringSentinels = (ctx: ProcedureContext): Endpoint[] =>
  ctx.deployment.sentinels.filter((node) => ctx.view().nodes.get(node.name)?.reachable);

/** SENTINEL FAILOVER … COORDINATED: Valkey 9.0 and newer. */
const coordinates = (ctx: ProcedureContext): boolean =>
  answeringSentinels(ctx)
    .slice(0, 1)
    .some(({ server }) => server.product === 'valkey' && atLeast(server, 9, 0));

async function ask(ctx: ProcedureContext, { how, timeout }: Order): Promise<void> {
  const [sentinel] = answeringSentinels(ctx);
  const words = ['SENTINEL', 'FAILOVER', ctx.deployment.primaryName, ...(how === 'graceful' ? ['COORDINATED'] : [])];
  const before = ctx.view().owners.get(1);
  await ctx.step(`Ask ${sentinel!.name} to fail over`, { node: sentinel!.name, command: words.join(' ') }, async () => {
    const reply = await sentinel!.call(words);
    const view = await until(
      () => ctx.view(),
      ({ owners, nodes }) => {
        const owner = owners.get(1);
        return owner !== undefined && owner !== before && nodes.get(owner)?.role === 'primary';
      },
      {
        describe: 'another node leads and a majority of sentinels says so',
        within: timeout,
        every: 10,
        signal: ctx.signal,
        show: ({ owners }) => `${owners.get(1) ?? 'nobody'} leads`,
      },
    );
    return `${reply}; ${view.owners.get(1)} leads`;
  });
}

async function takeOver(ctx: ProcedureContext, order: Order): Promise<void> {
  const { replica, primary, timeout } = order;
  await becomesPrimary(ctx, replica, timeout);
  await moveReplicas(ctx, replica, primary, timeout);
  for (const sentinel of answeringSentinels(ctx)) await watchAnother(ctx, sentinel, replica);
}

/** Makes a sentinel forget the primary that it watches, and watch this one. */
export async function watchAnother(ctx: ProcedureContext, sentinel: Endpoint, primary: Endpoint): Promise<void> {
  const { primaryName, watch, access } = ctx.deployment;
  if (!watch) throw new Error('nobody knows what sentinels are to be told of the primary: none was found');
  const { quorum, downAfter, failoverTimeout } = watch;
  const tell = (name: string, value: string | number) => sentinel.call(['SENTINEL', 'SET', primaryName, name, value]);
  await ctx.step(
    `Point ${sentinel.name} to ${primary.name}`,
    { node: sentinel.name, command: `SENTINEL REMOVE ${primaryName}; SENTINEL MONITOR …` },
    async () => {
      const { host, port } = primary.announced;
      await sentinel.call(['SENTINEL', 'REMOVE', primaryName]);
      await sentinel.call(['SENTINEL', 'MONITOR', primaryName, host, port, quorum]);
      await tell('down-after-milliseconds', downAfter);
      await tell('failover-timeout', failoverTimeout);
      const { user, password } = access.sentinels;
      if (user !== undefined) await tell('auth-user', user);
      if (password !== undefined) await tell('auth-pass', password);
      return `watches ${primary.name}`;
    },
  );
}

/**
 * SENTINEL FAILOVER asks one sentinel to fail over without the others' agreement; it picks the replica itself. It does not
 * wait for the old primary, whose last writes may be lost (Valkey 9 can: COORDINATED). Without a majority of sentinels the
 * operator promotes by hand and tells every sentinel that answers what to watch.
 */
import { until } from '../../core/until.js';
import { PORT, primaryNameOf } from '../../topology/config.js';
import type { ManagedNode } from '../../topology/types.js';
import type { ProcedureContext } from '../types.js';
import { becomesPrimary, moveReplicas } from './replication.js';
import { isAlive, type Order, type Promotion } from './types.js';

export const bySentinel: Promotion = {
  async decide(ctx, wish, primary) {
    const answering = answeringSentinels(ctx).length;
    const all = ctx.topology.sentinels.length;
    const majority = answering > all / 2;
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

export const answeringSentinels = (ctx: ProcedureContext): ManagedNode[] =>
  ctx.topology.sentinels.filter((node) => ctx.view().nodes.get(node.name)?.reachable);

/** SENTINEL FAILOVER … COORDINATED: Valkey 9.0 and newer. */
const coordinates = ({ topology: { server } }: ProcedureContext): boolean =>
  server.product === 'valkey' && Number(server.version.split('.')[0]) >= 9;

async function ask(ctx: ProcedureContext, { how, timeout }: Order): Promise<void> {
  const [sentinel] = answeringSentinels(ctx);
  const words = [
    'SENTINEL',
    'FAILOVER',
    primaryNameOf(ctx.topology.spec),
    ...(how === 'graceful' ? ['COORDINATED'] : []),
  ];
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
export async function watchAnother(ctx: ProcedureContext, sentinel: ManagedNode, primary: ManagedNode): Promise<void> {
  const { quorum, downAfter, failoverTimeout } = ctx.topology.spec.sentinels!;
  await ctx.step(
    `Point ${sentinel.name} to ${primary.name}`,
    { node: sentinel.name, command: `SENTINEL REMOVE ${primaryNameOf(ctx.topology.spec)}; SENTINEL MONITOR …` },
    async () => {
      await sentinel.call(['SENTINEL', 'REMOVE', primaryNameOf(ctx.topology.spec)]);
      await sentinel.call([
        'SENTINEL',
        'MONITOR',
        primaryNameOf(ctx.topology.spec),
        primary.announced.host,
        PORT,
        quorum,
      ]);
      const settings = { 'down-after-milliseconds': downAfter, 'failover-timeout': failoverTimeout };
      for (const [key, value] of Object.entries(settings))
        await sentinel.call(['SENTINEL', 'SET', primaryNameOf(ctx.topology.spec), key, value]);
      const { user, password } = ctx.topology.access.sentinels;
      if (user !== undefined)
        await sentinel.call(['SENTINEL', 'SET', primaryNameOf(ctx.topology.spec), 'auth-user', user]);
      if (password !== undefined)
        await sentinel.call(['SENTINEL', 'SET', primaryNameOf(ctx.topology.spec), 'auth-pass', password]);
      return `watches ${primary.name}`;
    },
  );
}

/**
 * Nobody decides but the operator. Graceful: writes are paused at the primary until the replica has all of them, then the
 * roles change and the old primary follows. Otherwise the replica is promoted as it is. In both the other replicas and the
 * applications have to be told.
 */
import { until } from '../../core/until.js';
import { atLeast } from '../../deployment/versions.js';
import type { Endpoint } from '../../server/types.js';
import type { ProcedureContext } from '../types.js';
import { isAlive, type Promotion } from './types.js';

export const byHand: Promotion = {
  async decide(ctx, wish, primary) {
    const alive = await isAlive(ctx, primary);
    // CLIENT PAUSE … WRITE came with 6.2; without it reads, and our own questions, would stand still too.
    const pauses = atLeast(ctx.deployment.node(primary).server, 6, 2);
    if (wish === 'auto') return alive && pauses ? 'graceful' : 'force';
    if (wish === 'graceful' && !pauses)
      throw new Error('a graceful failover pauses writes only, which this server can not; use force');
    if (wish === 'graceful' && !alive) throw new Error(`a graceful failover needs ${primary} to answer; use force`);
    return wish;
  },
  async promote(ctx, { replica, primary, how, timeout }) {
    const old = ctx.deployment.node(primary);
    if (how === 'graceful') await catchUp(ctx, old, replica, timeout);
    try {
      await becomesPrimary(ctx, replica, timeout);
      ctx.deployment.entry?.move(replica);
      ctx.note({ title: `Applications now connect to ${replica.name}`, node: replica.name });
      await moveReplicas(ctx, replica, how === 'graceful' ? undefined : primary, timeout);
    } finally {
      if (how === 'graceful') await old.call(['CLIENT', 'UNPAUSE']).catch(() => undefined);
    }
  },
};

async function catchUp(ctx: ProcedureContext, primary: Endpoint, replica: Endpoint, within: number): Promise<void> {
  const command = ['CLIENT', 'PAUSE', String(within), 'WRITE'];
  await ctx.step(`Pause writes at ${primary.name}`, { node: primary.name, command: command.join(' ') }, async () =>
    String(await primary.call(command)),
  );
  await ctx.step(`Wait until ${replica.name} has everything`, { node: replica.name, command: 'INFO replication' }, () =>
    until(
      async () => [await offsetOf(primary, 'master'), await offsetOf(replica, 'slave')] as const,
      ([theirs, mine]) => theirs === mine,
      {
        describe: `${replica.name} reaches the offset of ${primary.name}`,
        within,
        every: 10,
        signal: ctx.signal,
        show: ([theirs, mine]) => `${theirs - mine} bytes behind`,
      },
    ).then(([offset]) => `both at offset ${offset}`),
  );
}

async function offsetOf(node: Endpoint, side: 'master' | 'slave'): Promise<number> {
  const text = String(await node.call(['INFO', 'replication']));
  return Number(new RegExp(`${side}_repl_offset:(\\d+)`).exec(text)?.[1] ?? Number.NaN);
}

export async function becomesPrimary(ctx: ProcedureContext, replica: Endpoint, within: number): Promise<void> {
  const command = ['REPLICAOF', 'NO', 'ONE'];
  await ctx.step(`Promote ${replica.name}`, { node: replica.name, command: command.join(' ') }, async () => {
    const reply = await replica.call(command);
    await until(
      () => ctx.view().nodes.get(replica.name)?.role,
      (role) => role === 'primary',
      { describe: `${replica.name} becomes primary`, within, every: 10, signal: ctx.signal },
    );
    return reply;
  });
}

/** Every other node that answers follows the new primary, the old one too if it is alive (`lost` is the one that is not). */
export async function moveReplicas(
  ctx: ProcedureContext,
  leader: Endpoint,
  lost: string | undefined,
  within: number,
): Promise<void> {
  const { host, port } = leader.announced;
  const command = ['REPLICAOF', host, String(port)];
  for (const node of ctx.deployment.nodes) {
    if (node === leader || node.name === lost || !ctx.view().nodes.get(node.name)?.reachable) continue;
    await ctx.step(
      `Make ${node.name} follow ${leader.name}`,
      { node: node.name, command: command.join(' ') },
      async () => {
        const reply = await node.call(command);
        await until(
          () => ctx.view().nodes.get(node.name),
          (seen) => seen?.role === 'replica' && seen.peers.get(node.name)?.primary === leader.name && seen.linkUp,
          { describe: `${node.name} is linked to ${leader.name}`, within, every: 20, signal: ctx.signal },
        );
        return reply;
      },
    );
  }
}

import { z } from 'zod';
import { until } from '../core/until.js';
import { atLeast } from '../deployment/versions.js';
import { compare, forceFullSync } from '../server/compare.js';
import { infoOf } from '../server/info.js';
import { ownerNow, replicasNow } from '../server/owners.js';
import { ReplyError } from '../server/resp.js';
import type { Endpoint } from '../server/types.js';
import { targetField, timeoutField } from './fields.js';
import { defineProcedure, type ProcedureContext } from './types.js';

/** ms for which writes wait while a primary is compared, at most. */
const QUIET = 3000;
const EQUAL = 'equal, by DEBUG DIGEST at equal offset';

/**
 * Values are not SET on the replica (handbook 5.4): it refuses, and where it does not it diverges further. It is made to copy
 * everything, from a primary that has given itself a new history, since a partial synchronisation would keep the differences.
 */
export const fixDivergence = defineProcedure({
  summary: 'compare replicas with their primaries at equal offset, and make those that differ copy everything anew',
  handbook: ['5.4'],
  params: z.strictObject({
    target: targetField.optional().describe('which replicas to compare; default: all of them'),
    timeout: timeoutField('time for a replica to be in sync again').prefault('30s'),
  }),
  refuses: (_params, { replicas }) =>
    replicas === 0
      ? { param: 'procedure', why: 'there is no replica to compare: the topology has replicas: 0' }
      : undefined,
  steps: async (ctx, { target, timeout }) => {
    const pairs = await pairsOf(ctx, target);
    const different: Pair[] = [];
    for (const pair of pairs) if (!(await compared(ctx, pair))) different.push(pair);
    if (different.length === 0) throw new Error('no replica differs from its primary');
    for (const primary of new Set(different.map((pair) => pair.primary))) await resync(ctx, primary);
    for (const pair of different) await copied(ctx, pair, timeout);
  },
  verify: async (ctx, { target }) => {
    for (const pair of await pairsOf(ctx, target)) {
      if (!(await compared(ctx, pair))) throw new Error(`${pair.replica.name} still differs from ${pair.primary.name}`);
    }
  },
});

interface Pair {
  primary: Endpoint;
  replica: Endpoint;
}

async function pairsOf(ctx: ProcedureContext, target: string | string[] | undefined): Promise<Pair[]> {
  const { deployment } = ctx;
  const wanted = target === undefined ? deployment.nodes : await ctx.resolve(target);
  const view = ctx.view();
  return deployment.shards.flatMap(({ shard }) =>
    replicasNow(shard, view, deployment)
      .map((name) => deployment.node(name))
      .filter((replica) => wanted.includes(replica))
      .map((replica) => ({ primary: deployment.node(ownerNow(shard, view, deployment)), replica })),
  );
}

/** @returns whether they hold the same. */
async function compared(ctx: ProcedureContext, { primary, replica }: Pair): Promise<boolean> {
  const verdict = await ctx.step(
    `Compare ${replica.name} with ${primary.name}`,
    { node: replica.name, command: 'CLIENT PAUSE … WRITE, DEBUG DIGEST on both, CLIENT UNPAUSE' },
    async () => {
      const { sameOffset, sameData, how } = await quietly(primary, () =>
        compare(primary, replica, { within: QUIET, signal: ctx.signal }),
      );
      if (!sameOffset || sameData === undefined) throw new Error(`it could not be compared: ${how}`);
      return sameData ? EQUAL : `different, by ${how}`;
    },
  );
  return verdict === EQUAL;
}

/** The new history's id reaches a replica with the full synchronisation, and not before. */
const copied = (ctx: ProcedureContext, { primary, replica }: Pair, within: number): Promise<unknown> =>
  ctx.step(`Wait until ${replica.name} has`, { node: replica.name, command: 'INFO replication' }, async () => {
    const { signal } = ctx;
    const history = (await infoOf(primary, 'replication')).text('master_replid');
    const describe = `${replica.name} has the history of ${primary.name}`;
    await until(
      () => infoOf(replica, 'replication'),
      (seen) => seen.text('master_replid') === history && seen.text('master_link_status') === 'up',
      { describe, within, every: 20, signal, show: (seen) => `link ${seen.text('master_link_status')}` },
    );
    return `history ${history.slice(0, 8)}, link up`;
  });

/** Before 6.2 a pause would stop every command, ours as well: there a moment without writes has to come by itself. */
async function quietly<T>(primary: Endpoint, work: () => Promise<T>): Promise<T> {
  if (!atLeast(primary.server, 6, 2)) return work();
  await primary.call(['CLIENT', 'PAUSE', QUIET, 'WRITE']);
  try {
    return await work();
  } finally {
    await primary.call(['CLIENT', 'UNPAUSE']);
  }
}

const resync = (ctx: ProcedureContext, primary: Endpoint): Promise<unknown> =>
  ctx.step(
    `Make the replicas of ${primary.name} copy everything anew`,
    { node: primary.name, command: 'DEBUG CHANGE-REPL-ID, CLIENT KILL TYPE replica' },
    async () => {
      try {
        await forceFullSync(primary);
      } catch (error) {
        if (error instanceof ReplyError)
          throw new Error(`${primary.name} refuses (${error.message}): resync-node does it from the replica's side`);
        throw error;
      }
      return 'its history has a new id: what replicas know of the old one is of no use to them';
    },
  );

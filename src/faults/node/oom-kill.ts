import { z } from 'zod';
import { size } from '../../core/fields.js';
import { formatSize, s } from '../../core/units.js';
import { until } from '../../core/until.js';
import { NoReply } from '../../topology/connection.js';
import { parseInfo } from '../../topology/nodes-text.js';
import { ReplyError } from '../../topology/resp.js';
import { inRanges, tagFor } from '../../topology/slots.js';
import type { RedisNode } from '../../topology/types.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { endedWith, fellSilent, KILLED, startAllAgain } from './process.js';

/** Of one value, in bytes: DEBUG POPULATE fills it, so that the kernel has to find the pages. */
const VALUE = 256 * 1024;
/** Filled at once, in values: the server answers in between. */
const BATCH = 32;
/** Engines refuse less. */
const LEAST = 6 * 2 ** 20;

/**
 * DEBUG POPULATE is not replicated and not written to the AOF: it fills this one node, and what it wrote is gone with the
 * process. The kernel may kill a child that saves instead of the server: it is filled until the server is gone.
 */
export const oomKill = defineFault({
  summary: "lower the container's memory limit and fill the server until the kernel kills it (cgroup OOM)",
  handbook: ['2.1.1', '2.1.4'],
  params: z.strictObject({
    margin: size('memory left above what the server uses when the limit comes', { least: '4mb', most: '1gb' }).prefault(
      '16mb',
    ),
  }),
  impact: 'stops',
  inject: async (targets, { margin }, ctx) => {
    const heal = async (): Promise<void> => {
      for (const node of targets) await node.container.limit({ memory: 'as created' });
      await startAllAgain(targets)();
    };
    try {
      await Promise.all(targets.map((node) => exhaust(node, margin, ctx)));
    } catch (error) {
      await heal();
      throw error;
    }
    return { heal };
  },
  effect: async (targets, _params, ctx, { requestedAt }) => {
    const silent = fellSilent(targets, ctx, requestedAt, `killed by the kernel, exit code ${KILLED} and OOMKilled`);
    silent.catch(() => undefined);
    await endedWith(targets, KILLED, 'SIGKILL');
    for (const node of targets)
      await until(
        async () => (await node.container.state()).oomKilled,
        (killed) => killed,
        { describe: `${node.name} was killed for want of memory`, within: s(3), every: 50 },
      ).catch(() => {
        throw new DidNotBite(`${node.name} ended with exit code ${KILLED}, but the engine saw no lack of memory`);
      });
    return silent;
  },
});

async function exhaust(node: RedisNode, margin: number, ctx: FaultContext): Promise<void> {
  const used = Number(parseInfo(String(await node.call(['INFO', 'memory']))).get('used_memory_rss'));
  const limit = Math.max(LEAST, used + margin);
  await node.container.limit({ memory: limit });
  const prefix = `{${tagFor((slot) => inRanges(slot, slotsOf(node, ctx)))}}:redrill:oom`;
  const enough = Math.ceil((4 * limit) / VALUE);
  for (let keys = BATCH; keys < enough; keys += BATCH) if (!(await populate(node, keys, prefix))) return;
  await forget(node, prefix, enough);
  throw new DidNotBite(`${node.name} took ${formatSize(enough * VALUE)} although its limit is ${formatSize(limit)}`);
}

/** @returns false when the server is gone. */
async function populate(node: RedisNode, keys: number, prefix: string): Promise<boolean> {
  const connection = node.open({ timeout: s(20) });
  try {
    await connection.call(['DEBUG', 'POPULATE', keys, prefix, VALUE]);
    return true;
  } catch (error) {
    if (error instanceof ReplyError) throw new DidNotBite(`${node.name} refuses DEBUG POPULATE: ${error.message}`);
    if (error instanceof NoReply && error.reason === 'timeout')
      throw new DidNotBite(`${node.name} neither fills nor dies: ${error.message}`);
    return false;
  } finally {
    connection.close();
  }
}

/** Slots of its shard: a key of another one would be claimed, or deleted, by a server that finds it at its next start. */
function slotsOf(node: RedisNode, ctx: FaultContext) {
  const peers = ctx.view().nodes.get(node.name)?.peers;
  const self = peers?.get(node.name);
  const slots = self?.role === 'replica' ? peers?.get(self.primary ?? '')?.slots : self?.slots;
  return slots?.length ? slots : ctx.topology.shards[node.initial.shard - 1]!.slots;
}

/** A replica takes no deletes; what it has too much goes with its next full synchronisation. */
async function forget(node: RedisNode, prefix: string, keys: number): Promise<void> {
  for (let i = 0; i < keys; i++) await node.call(['UNLINK', `${prefix}:${i}`]).catch(() => undefined);
}

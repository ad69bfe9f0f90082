import { z } from 'zod';
import { size } from '../../core/fields.js';
import { formatSize, s } from '../../core/units.js';
import { until } from '../../core/until.js';
import { parseInfo } from '../../deployment/nodes-text.js';
import { inRanges, tagFor } from '../../deployment/slots.js';
import { NoReply } from '../../server/no-reply.js';
import { ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import { affordable } from '../ceiling.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { nodeByNode } from '../undo.js';
import { allRun, KILLED, revive, watchEnd } from './process.js';

/** Of one value, in bytes: DEBUG POPULATE fills it, so that the kernel has to find the pages. */
const VALUE = 256 * 1024;
/** Filled at once, in values: the server answers in between. */
const BATCH = 32;
/** Engines refuse less. */
const LEAST = 6 * 2 ** 20;
/** Of its limit a server may be asked to take: with what it holds already it has to be gone long before. */
const ENOUGH = 2;
/** ms for a server that is full to be ended. */
const ENDING = s(60);

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
  needs: ['limit-memory', 'restart'],
  inject: async (targets, { margin }, ctx) => {
    await allRun(targets);
    const limits = await Promise.all(targets.map((node) => limitFor(node, margin)));
    const all = limits.reduce((sum, limit) => sum + limit, 0);
    affordable(
      ENOUGH * all,
      `filling ${targets.map(({ name }) => name).join(', ')} with a margin of ${formatSize(margin)}`,
      ctx,
    );
    const undoing = nodeByNode(targets, async (node) => {
      await node.container.limit({ memory: 'as created' });
      await revive(node);
    });
    const proof = watchEnd(
      targets,
      {
        code: KILLED,
        signal: 'SIGKILL',
        within: ENDING,
        what: `killed by the kernel, exit code ${KILLED} and OOMKilled`,
      },
      ctx,
    );
    try {
      await Promise.all(targets.map((node, i) => exhaust(node, limits[i]!, ctx)));
    } catch (error) {
      await undoing.heal();
      throw error;
    }
    return { ...undoing, proof };
  },
  effect: async (targets, _params, _ctx, { proof }) => {
    const evidence = await proof;
    for (const node of targets)
      await until(
        async () => (await node.container.state()).oomKilled,
        (killed) => killed,
        { describe: `${node.name} was killed for want of memory`, within: s(3), every: 50 },
      ).catch(() => {
        throw new DidNotBite(`${node.name} ended with exit code ${KILLED}, but the engine saw no lack of memory`);
      });
    return evidence;
  },
});

async function limitFor(node: ManagedNode, margin: number): Promise<number> {
  const used = Number(parseInfo(String(await node.call(['INFO', 'memory']))).get('used_memory_rss'));
  return Math.max(LEAST, used + margin);
}

async function exhaust(node: ManagedNode, limit: number, ctx: FaultContext): Promise<void> {
  await node.container.limit({ memory: limit });
  const prefix = `{${tagFor((slot) => inRanges(slot, slotsOf(node, ctx)))}}:redrill:oom`;
  const enough = Math.ceil((ENOUGH * limit) / VALUE);
  let keys = 0;
  try {
    while (keys < enough) {
      ctx.signal.throwIfAborted();
      keys += BATCH;
      if (!(await populate(node, keys, prefix))) return;
    }
  } catch (error) {
    await forget(node, prefix, keys);
    throw error;
  }
  await forget(node, prefix, keys);
  throw new DidNotBite(`${node.name} took ${formatSize(keys * VALUE)} although its limit is ${formatSize(limit)}`);
}

/** @returns false when the server is gone. */
async function populate(node: ManagedNode, keys: number, prefix: string): Promise<boolean> {
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
function slotsOf(node: ManagedNode, ctx: FaultContext) {
  const peers = ctx.view().nodes.get(node.name)?.peers;
  const self = peers?.get(node.name);
  const slots = self?.role === 'replica' ? peers?.get(self.primary ?? '')?.slots : self?.slots;
  return slots?.length ? slots : ctx.topology.shards[node.initial.shard - 1]!.slots;
}

/** A replica takes no deletes; what it has too much goes with its next full synchronisation. */
async function forget(node: ManagedNode, prefix: string, keys: number): Promise<void> {
  for (let from = 0; from < keys; from += BATCH) {
    const names = Array.from({ length: BATCH }, (_, i) => `${prefix}:${from + i}`);
    // One that does not answer has nothing that could be taken away.
    if ((await node.call(['UNLINK', ...names]).catch((error: unknown) => error)) instanceof NoReply) return;
  }
}

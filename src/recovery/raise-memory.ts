import { z } from 'zod';
import { size } from '../core/fields.js';
import { formatSize } from '../core/units.js';
import { until } from '../core/until.js';
import { inRanges, tagFor } from '../deployment/slots.js';
import { infoOf } from '../server/info.js';
import { ownerNow } from '../server/owners.js';
import type { Endpoint } from '../server/types.js';
import { targetField, timeoutField } from './fields.js';
import { defineProcedure, isManaged, type ProcedureContext } from './types.js';

/** Nearer to its limit than this a server is full, or will be in a moment. */
const FULL = 0.95;

/**
 * Room for the data, or a rule for what may go: never deletes at random (handbook 5.6), which destroy live data on every
 * replica and hardly lower what the process holds.
 */
export const raiseMemory = defineProcedure({
  summary: 'give servers that are full more memory, or an eviction policy; delete nothing',
  handbook: ['5.6'],
  params: z.strictObject({
    target: targetField.optional().describe('nodes to look at; default: all of them'),
    to: size('the new maxmemory; default: twice the old one', { least: '1mb', most: '1024gb' }).optional(),
    policy: z
      .enum(['allkeys-lru', 'allkeys-lfu', 'volatile-lru', 'volatile-lfu', 'volatile-ttl'])
      .optional()
      .describe('evict by this policy instead of raising the limit; fit for a cache only'),
    timeout: timeoutField('time until writes are taken again').prefault('10s'),
  }),
  restoresService: true,
  steps: async (ctx, { target, to, policy }) => {
    const nodes = target === undefined ? ctx.deployment.nodes : await ctx.resolve(target);
    const full: Full[] = [];
    await ctx.step('Find who is full, and of what', { command: 'INFO memory' }, async () => {
      for (const node of nodes) full.push(...(await fullness(node)));
      if (full.length === 0) throw new Error('no server is near its maxmemory');
      return full.map(({ node, text }) => `${node.name}: ${text}`).join('\n');
    });
    for (const { node, max } of full) {
      if (policy !== undefined) {
        await set(ctx, node, 'maxmemory-policy', policy);
        continue;
      }
      const next = to ?? 2 * max;
      const room = isManaged(ctx) ? ctx.topology.spec.memory : undefined;
      if (next <= max) throw new Error(`${formatSize(next)} is no more than the ${formatSize(max)} of ${node.name}`);
      if (room !== undefined && next > room)
        throw new Error(
          `${node.name} may have ${formatSize(room)}: with maxmemory ${formatSize(next)} the kernel would kill it; evict by policy, or move slots away`,
        );
      await set(ctx, node, 'maxmemory', String(next));
    }
  },
  verify: async (ctx, { timeout }) => {
    for (const { shard, slots } of ctx.deployment.shards) {
      const key = `{${tagFor((slot) => inRanges(slot, slots))}}:redrill:raise-memory`;
      const owner = (): Endpoint => ctx.deployment.node(ownerNow(shard, ctx.view(), ctx.deployment));
      await until(
        () => owner().call(['SET', key, '1']),
        () => true,
        { describe: `shard ${shard} takes writes`, within: timeout, every: 20, signal: ctx.signal },
      );
      await owner().call(['UNLINK', key]);
    }
  },
});

interface Full {
  node: Endpoint;
  max: number;
  text: string;
}

/** What it is full of decides what helps: more room is no use against clients that do not read their replies. */
async function fullness(node: Endpoint): Promise<Full[]> {
  const memory = await infoOf(node, 'memory');
  const [used, max] = [memory.number('used_memory'), memory.number('maxmemory')];
  if (max === 0 || used - memory.number('mem_not_counted_for_evict') < FULL * max) return [];
  const parts = [
    `data ${formatSize(memory.number('used_memory_dataset'))}`,
    `client buffers ${formatSize(memory.number('mem_clients_normal'))}`,
    `fragmentation ${formatSize(memory.number('allocator_frag_bytes'))} on top`,
  ];
  const text = `${formatSize(used)} of ${formatSize(max)}, ${memory.text('maxmemory_policy')}: ${parts.join(', ')}`;
  return [{ node, max, text }];
}

const set = (ctx: ProcedureContext, node: Endpoint, name: string, value: string): Promise<unknown> =>
  ctx.step(`Set ${name} of ${node.name}`, { node: node.name, command: `CONFIG SET ${name} ${value}` }, async () =>
    String(await node.call(['CONFIG', 'SET', name, value])),
  );

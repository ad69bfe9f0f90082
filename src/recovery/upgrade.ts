import { z } from 'zod';
import type { Server } from '../deployment/types.js';
import { infoOf } from '../server/info.js';
import { programOf } from '../topology/server.js';
import type { ManagedNode } from '../topology/types.js';
import { wholeAgain } from './come-back.js';
import { refusesRolling, roll, rolling } from './rolling.js';
import { defineManagedProcedure } from './types.js';

/**
 * Replicas first: a newer one understands what an older primary sends, an older one not always what a newer primary
 * sends. So there is no way back by the same road.
 */
export const upgrade = defineManagedProcedure({
  summary: 'restart every node on another image, one at a time, as rolling-restart does',
  handbook: ['5.1.2', '5.1.3'],
  needs: ['stop', 'restart', 'reimage'],
  params: z.strictObject({
    image: z.string().min(1).max(1000).describe('the image that the nodes run in the end'),
    ...rolling,
  }),
  forcesFailover: true,
  images: ({ image }) => [image],
  refuses: (params, topology) => refusesRolling(params, topology),
  steps: async (ctx, { image: name, ...params }) => {
    const { image, server } = await ctx.image(name);
    await roll(ctx, params, (node) =>
      ctx.step(
        `Give ${node.name} the new image`,
        { node: node.name, command: `make the container anew from ${name}` },
        async () => {
          await node.container.reimage(image.ref, programOf(server));
          node.server = server;
          return `${server.product} ${server.version}`;
        },
      ),
    );
  },
  verify: async (ctx, { image, shard, timeout }) => {
    const { server } = await ctx.image(image);
    for (const node of ctx.topology.nodes) {
      if (ctx.view().outside?.has(node.name)) continue;
      if (shard !== undefined && node.initial.shard !== shard) continue;
      const version = await versionOf(node, server);
      if (version !== server.version)
        throw new Error(`${node.name} runs ${version || 'another server'}, not ${server.product} ${server.version}`);
    }
    await wholeAgain(ctx, timeout);
  },
});

const versionOf = async (node: ManagedNode, { product }: Server): Promise<string> =>
  (await infoOf(node, 'server')).text(`${product}_version`);

import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { keepDoing, OVER } from '../background.js';
import { notes } from '../notes.js';
import { shown } from '../noticed.js';
import { DidNotBite, defineFault } from '../types.js';
import { reversible } from '../undo.js';
import { BUDGET, cutLink, followedBy, linkDown, needsReplicas, primaryOf, synchronisations } from './links.js';

export const breakReplicationLink = defineFault({
  summary: 'close the connection of a replica to its primary: it reconnects and asks for what it missed',
  handbook: ['2.1.1', '5.2'],
  params: z.strictObject({
    every: duration('close it again this often; default: once', { least: '50ms', most: '10m' }).optional(),
  }),
  impact: 'none',
  supports: needsReplicas,
  example: { target: 'replica of shard 2' },
  inject: (targets, { every }, ctx) =>
    reversible(async (_undo, on) => {
      const before = notes<number>();
      for (const node of targets) before.set(node, await synchronisations(await primaryOf(node, ctx)));
      const begunAt = ctx.clock.now();
      for (const node of targets) {
        if ((await cutLink(node)) === 0) throw new DidNotBite(`${node.name} had no connection to its primary`);
        // What it has by the time that it leads is not its link.
        const again = async (): Promise<unknown> => {
          if ((await followedBy(node, ctx)) !== undefined) return cutLink(node);
          ctx.over(`${node.name} follows nobody any more`);
          return OVER;
        };
        if (every !== undefined) on(node)(keepDoing(every, again).stop);
      }
      return { before, begunAt };
    }),
  effect: (targets, _params, ctx, { before, begunAt }) =>
    shown(targets, ctx, begunAt, BUDGET, async (node) => {
      if (await linkDown(node)) return { found: 'has no link to its primary (master_link_status:down)', seen: '' };
      const again = (await synchronisations(await primaryOf(node, ctx))) - before.of(node);
      return { found: again > 0 ? 'lost its link and has synchronised again' : undefined, seen: 'its link is up' };
    }),
});

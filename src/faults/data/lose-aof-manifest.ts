import { z } from 'zod';
import { atLeast } from '../../deployment/versions.js';
import { dataFiles } from '../../topology/data-files.js';
import { defineFault } from '../types.js';
import { keepsAof } from './aof.js';
import { comesBack, refusesToStart, spoil } from './spoil.js';

/**
 * Without its manifest the append-only file does not exist for the server: it starts empty, and its new files take the names
 * of the old ones, so that nothing is left to repair from.
 */
export const loseAofManifest = defineFault({
  summary:
    'restart a server whose append-only manifest is missing (it starts empty, without an error) or broken (it refuses to start)',
  handbook: ['2.1.3'],
  params: z.strictObject({
    how: z.enum(['missing', 'broken']).default('missing').describe('what became of the manifest'),
  }),
  impact: 'stops',
  needs: ['stop', 'restart', 'files-while-down', 'disks', 'logs-of-all-lives'],
  comesBack: true,
  example: { target: 'primary', topology: { shards: 1, persistence: 'aof' } },
  variants: [{ target: 'primary', params: { how: 'broken' }, topology: { shards: 1, persistence: 'aof' } }],
  supports: ({ topology, server }) =>
    server && !atLeast(server, 7, 0)
      ? `${server.product} ${server.version} keeps one append-only file, which has no manifest`
      : keepsAof(topology),
  inject: (targets, { how }, ctx) =>
    spoil(
      targets,
      {
        end: 'stop',
        file: (node) => dataFiles(ctx.topology, node).aof,
        change: () => (how === 'missing' ? undefined : Buffer.from('no manifest\n')),
      },
      ctx,
    ),
  effect: async (targets, { how }, ctx, { moment }) => ({
    ...moment,
    text: await (how === 'missing'
      ? comesBack(targets, /Creating AOF base file/, ctx)
      : refusesToStart(targets, /Invalid AOF manifest file format/)),
  }),
});

import { z } from 'zod';
import { size } from '../../core/fields.js';
import { dataFiles, lastPart } from '../../topology/data-files.js';
import { keeps } from '../../topology/persistence.js';
import { placeOf } from '../../topology/settings.js';
import { DidNotBite, defineFault } from '../types.js';
import { keepsAof } from './aof.js';
import { comesBack, refusesToStart, spoil } from './spoil.js';

const NEWLINE = 0x0a;

export const truncateAof = defineFault({
  summary:
    'crash a server, cut the end off its append-only file, as a power cut does, and start it again: it loads the rest and says so only in its log',
  handbook: ['2.1.3'],
  params: z.strictObject({
    bytes: size('how much of the end is missing', { least: '1b', most: '1gb' }).prefault('2kb'),
  }),
  impact: 'stops',
  needs: ['signal', 'restart', 'files-while-down', 'logs-of-all-lives'],
  comesBack: true,
  loses: 'cut from the append-only file',
  example: { target: 'primary', topology: { shards: 1, persistence: 'aof' } },
  supports: ({ topology }) => keepsAof(topology),
  inject: (targets, { bytes }, ctx) =>
    spoil(
      targets,
      {
        end: 'kill',
        file: (node) => lastPart(node, dataFiles(ctx.topology, node)),
        change: (content, path) => {
          if (content.length === 0) throw new DidNotBite(`${path} is empty`);
          let left = Math.max(1, content.length - bytes);
          // Inside a command: a file that ends between two looks whole.
          while (left > 1 && content[left - 1] === NEWLINE) left--;
          return content.subarray(0, left);
        },
      },
      ctx,
    ),
  effect: async (targets, _params, ctx, { moment }) => ({
    ...moment,
    text: await (targets.some((node) => keeps(ctx.topology.spec, placeOf(node)).setting('aof-load-truncated') === 'no')
      ? refusesToStart(targets, /Unexpected end of file/)
      : comesBack(targets, /loaded anyway because aof-load-truncated is enabled/, ctx)),
  }),
});

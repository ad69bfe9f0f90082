import { z } from 'zod';
import { dataFiles } from '../../topology/data-files.js';
import { keptAmong } from '../../topology/persistence.js';
import { DidNotBite, defineFault } from '../types.js';
import { refusesToStart, spoil } from './spoil.js';

const UNREADABLE = /Wrong RDB checksum|Short read or OOM|Internal error in RDB|rdb file reading failure/;

export const corruptRdb = defineFault({
  summary: 'damage the snapshot of a server that is restarted: it refuses to start',
  handbook: ['2.1.3'],
  params: z.strictObject({
    damage: z
      .enum(['flip', 'truncate'])
      .default('flip')
      .describe('flip: one byte in the middle is another one; truncate: the last third is missing'),
  }),
  impact: 'stops',
  needs: ['stop', 'restart', 'files-while-down', 'logs-of-all-lives'],
  example: { target: 'primary', topology: { shards: 1, persistence: 'rdb' } },
  variants: [{ target: 'primary', params: { damage: 'truncate' }, topology: { shards: 1, persistence: 'rdb' } }],
  supports: ({ topology }) => {
    const some = keptAmong(topology);
    if (some.every(({ aof }) => aof))
      return 'a server with an append-only file does not read its snapshot; write persistence: rdb';
    if (!some.some(({ rdb }) => rdb)) return 'the servers write no snapshots; write persistence: rdb';
    return (
      some.some(({ setting }) => setting('rdbchecksum') !== 'no') ||
      'with rdbchecksum no a changed byte can pass unnoticed'
    );
  },
  inject: (targets, { damage }, ctx) =>
    spoil(
      targets,
      {
        // Ends in an orderly way, so that there is a snapshot, and of everything.
        end: 'stop',
        file: (node) => dataFiles(ctx.topology, node).rdb,
        change: (content, path) => {
          if (content.length < 16) throw new DidNotBite(`${path} is empty`);
          if (damage === 'truncate') return content.subarray(0, Math.floor((content.length * 2) / 3));
          const spoilt = Buffer.from(content);
          const middle = Math.floor(content.length / 2);
          spoilt[middle] = content[middle]! ^ 0xff;
          return spoilt;
        },
      },
      ctx,
    ),
  effect: async (targets, _params, _ctx, { moment }) => ({
    ...moment,
    text: await refusesToStart(targets, UNREADABLE),
  }),
});

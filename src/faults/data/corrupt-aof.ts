import { z } from 'zod';
import { dataFiles, lastPart } from '../../topology/data-files.js';
import { DidNotBite, defineFault } from '../types.js';
import { keepsAof } from './aof.js';
import { refusesToStart, spoil } from './spoil.js';

const DAMAGE = Buffer.alloc(16);

export const corruptAof = defineFault({
  summary: 'crash a server and damage the middle of its append-only file: it refuses to start',
  handbook: ['2.1.3'],
  params: z.strictObject({}),
  impact: 'stops',
  needs: ['signal', 'restart', 'files-while-down', 'logs-of-all-lives'],
  // Where its end is cut off to make it start.
  loses: 'cut from the append-only file',
  example: { target: 'primary', topology: { shards: 1, persistence: 'aof' } },
  supports: ({ topology }) => keepsAof(topology),
  inject: (targets, _params, ctx) =>
    spoil(
      targets,
      { end: 'kill', file: (node) => lastPart(node, dataFiles(ctx.topology, node)), change: damaged },
      ctx,
    ),
  effect: async (targets, _params, _ctx, { moment }) => ({
    ...moment,
    text: await refusesToStart(
      targets,
      /Bad file format reading the append only file|Wrong RDB checksum|rdb file reading failure/,
    ),
  }),
});

/** Where a command begins: inside a value other bytes would be another value, and nobody would notice. */
function damaged(content: Buffer, path: string): Buffer {
  const middle = content.indexOf('\r\n*', Math.floor(content.length / 2));
  if (middle < 0) throw new DidNotBite(`${path} holds too few commands to have a middle`);
  const spoilt = Buffer.from(content);
  DAMAGE.copy(spoilt, middle + 2);
  return spoilt;
}

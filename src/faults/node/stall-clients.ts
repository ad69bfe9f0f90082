import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { formatDuration } from '../../core/units.js';
import { bringUp } from '../../topology/bring-up.js';
import { defineFault } from '../types.js';
import { nodeByNode } from '../undo.js';
import { fellSilent, START_BUDGET } from './process.js';

export const stallClients = defineFault({
  summary: 'no client gets an answer while the cluster bus goes on (CLIENT PAUSE): peers see nothing wrong',
  handbook: ['2.1.1', '2.1.4'],
  params: z.strictObject({
    length: duration('how long it takes; it stalls its own cancellation too, so healing waits for its end', {
      least: '500ms',
      most: '1h',
    }).prefault('10s'),
  }),
  impact: 'stops',
  needs: ['restart'],
  comesBack: true,
  example: { params: { length: '2s' } },
  inject: async (targets, { length }) => {
    await Promise.all(targets.map((node) => node.call(['CLIENT', 'PAUSE', Math.ceil(length)])));
    return nodeByNode(targets, (node) => bringUp(node, length + START_BUDGET));
  },
  effect: (targets, { length }, ctx, { requestedAt }) =>
    fellSilent(targets, ctx, requestedAt, `clients are stalled for ${formatDuration(length)}`),
});

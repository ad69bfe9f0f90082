import { z } from 'zod';
import { duration, percent } from '../../core/fields.js';
import { defineShaping, enoughFor, seen, towards } from './ways.js';

export const reorder = defineShaping({
  summary: 'a share of the packets that the targets send is held back, so that later ones overtake them',
  handbook: ['2.1.2'],
  params: z.strictObject({
    share: percent('how many of the packets, each at random', { least: '0.1%', most: '100%' }),
    by: duration('how long they are held back', { least: '1ms', most: '30s' }).prefault('10ms'),
    towards,
  }),
  suffers: ({ share, by }) => ({ reorder: share, gap: by }),
  datagrams: ({ share, by }) => ({ ...enoughFor(share), patience: 300 + by }),
  judge: (before, after, { share }) =>
    seen('were overtaken', { before: before.overtaken, after: after.overtaken, of: after.sent }, share),
  example: { params: { share: '20%', by: '20ms' } },
});

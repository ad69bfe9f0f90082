import { z } from 'zod';
import { percent } from '../../core/fields.js';
import { defineShaping, enoughFor, seen, towards } from './ways.js';

export const duplicate = defineShaping({
  summary: 'a share of the packets that the targets send arrives twice',
  handbook: ['2.1.2'],
  params: z.strictObject({
    share: percent('how many of the packets, each at random', { least: '0.1%', most: '100%' }),
    towards,
  }),
  suffers: ({ share }) => ({ duplicate: share }),
  datagrams: ({ share }) => enoughFor(share),
  judge: (before, after, { share }) =>
    seen('came twice', { before: before.doubled, after: after.doubled, of: after.sent }, share),
  example: { params: { share: '20%' } },
});

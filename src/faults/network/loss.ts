import { z } from 'zod';
import { percent } from '../../core/fields.js';
import { defineShaping, enoughFor, seen, towards } from './ways.js';

export const loss = defineShaping({
  summary: 'a share of the packets that the targets send is lost on the way; TCP sends them again, later',
  handbook: ['2.1.2'],
  params: z.strictObject({
    share: percent('how many of the packets, each at random', { least: '0.1%', most: '100%' }),
    towards,
  }),
  suffers: ({ share }) => ({ loss: share }),
  datagrams: ({ share }) => enoughFor(share),
  judge: (before, after, { share }) => {
    const missing = ({ sent, received }: typeof after): number => sent - received;
    return seen('were lost', { before: missing(before), after: missing(after), of: after.sent }, share);
  },
  example: { params: { share: '10%' } },
});

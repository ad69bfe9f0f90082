import { z } from 'zod';
import { bandwidth as speed } from '../../core/fields.js';
import { formatSize } from '../../core/units.js';
import { defineShaping, towards } from './ways.js';

const SIZE = 1400;

export const bandwidth = defineShaping({
  summary:
    'what the targets send is throttled; what comes faster waits in a short queue, and is dropped when that is full',
  handbook: ['2.1.2'],
  params: z.strictObject({
    limit: speed(
      'for each target, all of its ways together; of ways that links or other faults shape differently, each kind has it',
      { least: '1kb/s', most: '10gb/s' },
    ),
    towards,
  }),
  suffers: ({ limit }) => ({ rate: limit }),
  throttles: true,
  // Half a second's worth, and forty at least, as fast as they can be sent.
  datagrams: ({ limit }) => ({
    count: Math.min(10_000, Math.max(40, Math.ceil(limit / 2 / SIZE))),
    gap: 0,
    size: SIZE,
    patience: 1000,
  }),
  judge: (before, after, { limit }) => {
    const told = `${formatSize(Math.round(after.rate))} a second get through, ${formatSize(Math.round(before.rate))} before`;
    if (before.rate <= 1.5 * limit) return { why: `no more came through before: ${told}` };
    return after.received > 0 && after.rate <= 1.5 * limit ? { shown: told } : { why: told };
  },
  example: { params: { limit: '1mb/s' } },
});

import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { formatDuration } from '../../core/units.js';
import { defineShaping, timed, towards } from './ways.js';

export const jitter = defineShaping({
  summary: 'every packet that the targets send takes a random time longer, so that some overtake others',
  handbook: ['2.1.2'],
  params: z.strictObject({
    up_to: duration('the longest it may take in addition; anything from nothing to this is as likely', {
      least: '1ms',
      most: '30s',
    }),
    towards,
  }),
  suffers: ({ up_to }) => ({ delay: up_to / 2, jitter: up_to / 2, distribution: 'uniform' }),
  datagrams: ({ up_to }) => timed(up_to),
  judge: (before, after, { up_to }) => {
    const spread = ({ delay }: typeof after): number => delay.p90 - delay.p10;
    const range = ({ delay }: typeof after): string => `${formatDuration(delay.p10)} to ${formatDuration(delay.p90)}`;
    const told = `four of five packets take ${range(after)} one way, ${range(before)} before`;
    return after.received > 0 && spread(after) - spread(before) >= up_to / 4 ? { shown: told } : { why: told };
  },
  example: { params: { up_to: '100ms' } },
});

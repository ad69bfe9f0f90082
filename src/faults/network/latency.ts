import { z } from 'zod';
import { duration } from '../../core/fields.js';
import { formatDuration } from '../../core/units.js';
import { defineShaping, timed, towards } from './ways.js';

export const latency = defineShaping({
  summary: 'every packet that the targets send comes later; a round trip takes that much longer',
  handbook: ['2.1.2'],
  params: z.strictObject({
    delay: duration('how much later', { least: '1ms', most: '30s' }),
    jitter: duration('how much the delay differs from packet to packet, up or down; they may overtake each other', {
      least: '0ms',
      most: '30s',
    }).prefault('0ms'),
    distribution: z
      .enum(['normal', 'uniform', 'pareto'])
      .default('normal')
      .describe('of the jitter: normal and pareto have it as standard deviation, uniform as the most'),
    towards,
  }),
  suffers: ({ delay, jitter, distribution }) => ({ delay, jitter, distribution }),
  datagrams: ({ delay, jitter }) => timed(delay + 3 * jitter),
  judge: (before, after, { delay }) => {
    const told = `packets take ${formatDuration(after.delay.p50)} one way, ${formatDuration(before.delay.p50)} before`;
    // Jitter may move the median of a few packets, but hardly to the half of it.
    return after.received > 0 && after.delay.p50 - before.delay.p50 >= delay / 2 ? { shown: told } : { why: told };
  },
  example: { params: { delay: '100ms', jitter: '10ms' } },
});

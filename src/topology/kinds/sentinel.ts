/** One primary, its replicas, and sentinels that fail over. They know each other and every replica from the start: no discovery is waited for. */

import { z } from 'zod';
import { count, duration } from '../../core/fields.js';
import { formatDuration, plural } from '../../core/units.js';
import { majorityOf } from '../../deployment/electorate.js';
import { SENTINEL_PORT } from '../config.js';
import { sentinelConf } from '../sentinel-conf.js';
import { sentinelSettingProblem } from '../setting-rules.js';
import { lowered } from '../settings.js';
import { checked, lines } from '../settings-field.js';
import { sentinelsOf, zoneOfSentinel } from '../zones.js';
import { oneShard, replicaSettings } from './one-shard.js';
import { defineKind } from './types.js';

/** Sentinels read milliseconds, without a fraction. */
const whole = (field: z.ZodType<number, string>): z.ZodType<number, string> =>
  field.refine((ms) => Number.isInteger(ms) && ms > 0, 'whole milliseconds are expected, at least one');

const sentinels = z
  .strictObject({
    count: count(1, 9).default(3).describe('How many sentinels.'),
    quorum: count(1, 9)
      .optional()
      .describe('How many of them must hold the primary for down before one fails it over. Default: more than half.'),
    down_after: whole(
      duration('Silence after which a sentinel holds a node for down (down-after-milliseconds).'),
    ).prefault('5s'),
    failover_timeout: whole(
      duration('Limit of one failover; the next attempt comes after twice this time (failover-timeout).'),
    ).prefault('10s'),
    parallel_syncs: count(1, 10)
      .default(1)
      .describe('How many replicas are moved to the new primary at a time (parallel-syncs).'),
    primary_name: z
      .string()
      .regex(/^[A-Za-z][\w.-]{0,63}$/, 'a name is letters, digits, ".", "-" and "_", and begins with a letter')
      .refine((name) => !/^(node|sentinel)-\d+$/.test(name), 'this is the name of a node')
      .optional()
      .meta({
        description: 'What they call the primary they watch, and clients ask for. Default: redrill.',
        examples: ['mymaster'],
      }),
    hostnames: z
      .boolean()
      .optional()
      .describe(
        'Sentinels and servers know each other by names and not by addresses (resolve-hostnames, announce-hostnames, replica-announce-ip). From Redis 6.2 on.',
      ),
    config: z
      .record(z.string(), lines)
      .superRefine(checked(sentinelSettingProblem))
      .optional()
      .meta({
        description:
          'Lines of sentinel.conf, without "sentinel" and the name of the primary: announce-port, notification-script, master-reboot-down-after-period.',
        examples: [{ 'deny-scripts-reconfig': false }],
      }),
  })
  .describe('The sentinels of a topology of kind sentinel.');

export const sentinel = defineKind({
  summary: 'one primary, its replicas, and sentinels that fail over',
  defaults: { shards: 1, replicas: 2 },
  fields: { sentinels: sentinels.prefault({}) },
  spec({ sentinels: { count, quorum, primary_name, hostnames, config = {}, ...rest } }) {
    const { down_after: downAfter, failover_timeout: failoverTimeout, parallel_syncs: parallelSyncs } = rest;
    return {
      sentinels: {
        count,
        quorum: quorum ?? majorityOf(count),
        downAfter,
        failoverTimeout,
        parallelSyncs,
        ...(primary_name !== undefined && { primaryName: primary_name }),
        ...(hostnames && { hostnames }),
        ...(Object.keys(config).length > 0 && { config: lowered(config) }),
      },
    };
  },
  foreign: (_key, kind) => `a topology of kind ${kind} has no sentinels; write kind: sentinel`,
  check({ sentinels }) {
    const [quorum, among] = [numberIn(sentinels, 'quorum') ?? 1, numberIn(sentinels, 'count') ?? 3];
    return quorum > among
      ? [{ path: ['sentinels', 'quorum'], message: `${quorum} of ${among} sentinels can never agree` }]
      : [];
  },
  says: ({ sentinels }) =>
    sentinels
      ? [
          `${plural(sentinels.count, 'sentinel')} of them, quorum ${sentinels.quorum}, down after ${formatDuration(sentinels.downAfter)}, failover timeout ${formatDuration(sentinels.failoverTimeout)}`,
        ]
      : [],

  silences: ({ sentinels }) => [sentinels?.downAfter ?? 0],
  others: (spec) =>
    sentinelsOf(spec).map((name, i) => ({
      name,
      role: 'sentinel',
      port: SENTINEL_PORT,
      shard: 1,
      zone: zoneOfSentinel(spec, i),
    })),
  settings: replicaSettings,
  boot: {},
  confOf: sentinelConf,
  primaryFirst: true,

  watched: oneShard,
  forms: (_spec, nodes) => `sentinel topology of ${nodes} nodes is ready`,
});

const numberIn = (value: unknown, key: string): number | undefined => {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'number' ? found : undefined;
};

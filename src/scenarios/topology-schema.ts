/** The `topology` of a scenario file, and what a matrix may vary of it. */
import { z } from 'zod';
import { duration, size } from '../core/fields.js';
import { isImageName } from '../fleet/image-name.js';
import { HARNESS } from '../topology/access.js';
import { kindsOfPersistence } from '../topology/persistence-kinds.js';
import { settingProblem } from '../topology/setting-rules.js';
import { checked, checkSettings, lines, settings } from '../topology/settings-field.js';
import { zones } from './zones.js';

export const count = (min: number, max: number): z.ZodNumber => z.int().min(min).max(max);

export const image = z
  .string()
  .min(1)
  .max(256)
  .refine(isImageName, {
    error: ({ input }) => `${JSON.stringify(input)} is not the name of an image; write for example redis:7.0`,
  })
  .meta({ description: 'Server image.', examples: ['redis:7.0', 'valkey/valkey:8.1'] });
const images = z.record(z.string(), image).meta({
  description:
    'Other images for some of the nodes: primaries, replicas, sentinels (as they begin), zone NAME, node-N. A node comes before its zone, its zone before its role.',
  examples: [{ replicas: 'valkey/valkey:8.1' }],
});
export const shards = count(1, 100).describe('Primaries, each with its part of the slots.');
export const replicas = count(0, 5).describe('Replicas of each primary.');

export const persistence = z
  .enum(kindsOfPersistence)
  .describe(
    'What a node keeps over a restart. rdb: snapshots at the default save points and at an orderly end. aof: the append-only file, synced every second; aof-always: before each answer.',
  );

const password = z
  .string()
  .min(1)
  .refine((text) => !/[\r\n\0]/.test(text), 'a password is one line');

/** Words of ACL SETUSER that would undo what redrill says of a user. */
const reserved = new Set(['on', 'off', 'nopass', 'resetpass', 'reset']);

const user = z.strictObject({
  password: password.describe('It never reaches a report, a log or a command line.'),
  rules: z
    .string()
    .refine(
      (text) => text.split(' ').every((word) => /^[^\s><#!]+$/.test(word) && !reserved.has(word)),
      'rules are words such as "~app:* +@read"; passwords, on, off and reset are not among them',
    )
    .optional()
    .meta({
      description: 'What the user may do, as ACL SETUSER takes it. Default: everything, or what a replica needs.',
      examples: ['~* &* +@all -@dangerous +cluster|slots +info'],
    }),
  for: z
    .enum(['clients', 'replication'])
    .optional()
    .describe("clients: the workload's clients connect as this user. replication: the replicas do."),
});

const users = z
  .record(z.string(), user)
  .superRefine((given, ctx) => {
    const taken = new Map<string, string>();
    for (const [name, { for: purpose }] of Object.entries(given)) {
      const complain = (message: string, ...path: string[]): void =>
        ctx.addIssue({ code: 'custom', path: [name, ...path], message });
      if (!/^[\w-]+$/.test(name)) complain(`${JSON.stringify(name)} is not a user's name`);
      if (name === 'default') complain("the default user's password is topology.password");
      if (name === HARNESS) complain('this is the name of the user that redrill itself connects as');
      if (purpose === undefined) continue;
      if (taken.has(purpose)) complain(`"${taken.get(purpose)}" is for ${purpose} already`, 'for');
      else taken.set(purpose, name);
    }
  })
  .meta({
    description:
      'Users of the access control list, by name. redrill itself connects as a user of its own; without a password the default user is switched off.',
    examples: [{ app: { password: 'app-secret', rules: '~* &* +@all', for: 'clients' } }],
  });

/** Sentinels read milliseconds, without a fraction. */
const whole = (field: z.ZodType<number, string>): z.ZodType<number, string> =>
  field.refine((ms) => Number.isInteger(ms) && ms > 0, 'whole milliseconds are expected, at least one');

/** Of sentinels; those of any server are refused as for the servers. */
const theirs: Record<string, string> = {
  monitor: 'redrill writes it',
  myid: 'redrill writes it',
  'known-replica': 'redrill writes it',
  'known-slave': 'redrill writes it',
  'known-sentinel': 'redrill writes it',
  'announce-ip': 'redrill writes it; use sentinels.hostnames for names',
  'resolve-hostnames': 'use sentinels.hostnames',
  'announce-hostnames': 'use sentinels.hostnames',
  'down-after-milliseconds': 'use sentinels.down_after',
  'failover-timeout': 'use sentinels.failover_timeout',
  'parallel-syncs': 'use sentinels.parallel_syncs',
  'auth-pass': 'use topology.password or topology.users',
  'auth-user': 'use topology.users',
  'sentinel-pass': 'use topology.password',
  'sentinel-user': 'use topology.users',
};

function sentinelSettingProblem(key: string, value: string): string | undefined {
  const advice = theirs[key.toLowerCase()];
  return advice ? `redrill sets ${key} itself: ${advice}` : settingProblem(key, value);
}

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

const configs = z
  .record(z.string(), z.record(z.string(), lines))
  .superRefine((given, ctx) => {
    for (const [who, config] of Object.entries(given))
      checkSettings(config, /^sentinel/.test(who) ? sentinelSettingProblem : settingProblem, (message, ...path) =>
        ctx.addIssue({ code: 'custom', path: [who, ...path], message }),
      );
  })
  .meta({
    description:
      'Other or further settings for some of the nodes: primaries, replicas (as they begin), zone NAME, node-N; lines of sentinel.conf for sentinels, sentinel-N. A node comes before its zone, its zone before its role, its role before config.',
    examples: [{ replicas: { 'replica-priority': 50 }, 'node-2': { maxmemory: '64mb' } }],
  });

export const topology = z
  .strictObject({
    kind: z
      .enum(['cluster', 'sentinel', 'replication'])
      .default('cluster')
      .describe(
        'What is started. cluster: shards with slots. sentinel: one primary, its replicas, and sentinels that fail over. replication: one primary and its replicas, and nobody who decides.',
      ),
    shards: shards.optional().describe(`${shards.description} Only of a cluster; default 3.`),
    replicas: z
      .union([replicas, z.array(count(0, 5)).min(1)], {
        error: (issue) =>
          issue.input === undefined || Array.isArray(issue.input)
            ? undefined
            : 'replicas are a whole number, or a list of them, one for each shard',
      })
      .optional()
      .describe(`${replicas.description} A list says it for each shard: [2, 1, 1]. Default: 1, with sentinels 2.`),
    sentinels: sentinels.prefault({}),
    spares: count(1, 20)
      .optional()
      .describe('Started servers that belong to nothing at first: spare-1, spare-2 … Only of a cluster.'),
    strangers: z
      .strictObject({
        count: count(1, 10).default(1).describe('Its primaries: stranger-1, stranger-2 …, with all slots among them.'),
        epoch: count(0, 1_000_000)
          .default(1)
          .describe(
            'The epoch of its first primary; 0: it has never had one. Of two that claim a slot the one with the higher epoch keeps it.',
          ),
      })
      .optional()
      .describe('Another cluster, which this one has never met. Only of a cluster.'),
    image: image.default('redis:7.0'),
    images: images.optional(),
    config: settings.prefault({}),
    configs: configs.optional(),
    users: users.optional(),
    password: password
      .optional()
      .describe('Password of the default user. It never reaches a report, a log or a command line.'),
    tls: z
      .boolean()
      .optional()
      .describe('TLS for clients, replication and the cluster bus, with certificates made for the run.'),
    persistence: persistence.default('none'),
    disk: size('How much a node can keep in /data; no limit without.', { least: '1mb', most: '1024gb' }).optional(),
    memory: size('Memory limit of each container.', { least: '6mb', most: '1024gb' }).optional(),
    zones: zones.optional(),
    cpus: z.number().min(0.01).max(64).optional().describe('CPUs each container may use, 0.5 for half of one.'),
  })
  .describe('What the drill starts.');

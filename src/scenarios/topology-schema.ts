/** The `topology` of a scenario file, and what a matrix may vary of it. */
import { z } from 'zod';
import { count, size } from '../core/fields.js';
import { isImageName } from '../fleet/image-name.js';
import { HARNESS } from '../topology/access.js';
import { DEFAULT_KIND, kindNames, ownFields, topologyKinds } from '../topology/kinds/index.js';
import { kindsOfPersistence } from '../topology/persistence-kinds.js';
import { sentinelSettingProblem, settingProblem } from '../topology/setting-rules.js';
import { checkSettings, lines, settings } from '../topology/settings-field.js';
import { zones } from './zones.js';

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
      .enum(kindNames)
      .default(DEFAULT_KIND)
      .describe(`What is started. ${kindNames.map((kind) => `${kind}: ${topologyKinds[kind].summary}.`).join(' ')}`),
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
    ...ownFields,
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

/** The shape of a scenario file: types, validation, JSON Schema and editor completion all come from here. */
import { z } from 'zod';
import type { Objective } from '../assertions/types.js';
import { duration, rate, size } from '../core/fields.js';
import { HARNESS } from '../topology/access.js';
import { kindsOfPersistence } from '../topology/persistence.js';
import { tlsSettings } from '../topology/tls.js';
import { kebab, publishedEntries } from './entries.js';
import { exampleOf, objectiveRegistry } from './registries.js';
import { severities } from './types.js';
import { zones } from './zones.js';

const count = (min: number, max: number): z.ZodNumber => z.int().min(min).max(max);

/** Settings that redrill writes itself: a second value would break the cluster it forms, or put a password into reports. */
const ours: Record<string, string> = {
  requirepass: 'use topology.password',
  masterauth: 'use topology.password or topology.users',
  masteruser: 'use topology.users',
  ...Object.fromEntries(Object.keys(tlsSettings(0)).map((key) => [key, 'use topology.tls'])),
  user: 'use topology.users',
  aclfile: 'use topology.users',
  port: 'redrill chooses it',
  bind: 'redrill chooses it',
  dir: 'redrill chooses it',
  daemonize: 'the server must stay in the foreground of its container',
  'cluster-enabled': 'topology.kind decides it',
  'cluster-config-file': 'redrill writes that file',
  'cluster-announce-ip': 'redrill chooses it',
  replicaof: 'topology.replicas decides it',
  slaveof: 'topology.replicas decides it',
};

const setting = z
  .union([z.string(), z.number(), z.boolean()], {
    error: (issue) => (issue.input === undefined ? undefined : 'a setting is a text, a number, true or false'),
  })
  .transform((value) => (typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)));

/** What is wrong with a line of redis.conf, as far as it can be known without the server. */
function settingProblem(key: string, value: string): string | undefined {
  const advice = ours[key.toLowerCase()];
  if (advice) return `redrill sets ${key} itself: ${advice}`;
  if (!/^[a-z0-9.-]+$/i.test(key)) return `${JSON.stringify(key)} is not a setting's name`;
  // redis.conf is made of lines: a value with a line break would smuggle in settings of its own.
  if (/[\r\n]/.test(value)) return 'a setting is one line';
  if (key.toLowerCase() === 'cluster-node-timeout' && !/^[1-9]\d*$/.test(value))
    return 'cluster-node-timeout is a number of milliseconds, without a unit';
  return undefined;
}

const settings = z
  .record(z.string(), setting)
  .superRefine((config, ctx) => {
    for (const [key, value] of Object.entries(config)) {
      const message = settingProblem(key, value);
      if (message) ctx.addIssue({ code: 'custom', path: [key], message });
    }
  })
  .meta({
    description: 'Lines of redis.conf. true and false are written as yes and no.',
    examples: [{ 'cluster-node-timeout': 2000 }],
  });

const image = z
  .string()
  .min(1)
  .max(256)
  .meta({ description: 'Server image.', examples: ['redis:7.0', 'valkey/valkey:8.1'] });
const images = z.record(z.string(), image).meta({
  description:
    'Other images for some of the nodes: primaries, replicas, sentinels (as they begin), zone NAME, node-N. A node comes before its zone, its zone before its role.',
  examples: [{ replicas: 'valkey/valkey:8.1' }],
});
const shards = count(1, 100).describe('Primaries, each with its part of the slots.');
const replicas = count(0, 5).describe('Replicas of each primary.');

const persistence = z
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
const sentinels = z
  .strictObject({
    count: count(1, 9).default(3).describe('How many sentinels.'),
    quorum: count(1, 9)
      .optional()
      .describe('How many of them must hold the primary for down before one fails it over. Default: more than half.'),
    down_after: duration('Silence after which a sentinel holds a node for down (down-after-milliseconds).').prefault(
      '5s',
    ),
    failover_timeout: duration(
      'Limit of one failover; the next attempt comes after twice this time (failover-timeout).',
    ).prefault('10s'),
    parallel_syncs: count(1, 10)
      .default(1)
      .describe('How many replicas are moved to the new primary at a time (parallel-syncs).'),
  })
  .describe('The sentinels of a topology of kind sentinel.');

const topology = z
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
    image: image.default('redis:7.0'),
    images: images.optional(),
    config: settings.prefault({}),
    users: users.optional(),
    password: password
      .optional()
      .describe('Password of the default user. It never reaches a report, a log or a command line.'),
    tls: z
      .boolean()
      .optional()
      .describe('TLS for clients, replication and the cluster bus, with certificates made for the run.'),
    persistence: persistence.default('none'),
    disk: size('How much a node can keep in /data; no limit without.').optional(),
    memory: size('Memory limit of each container.').optional(),
    zones: zones.optional(),
    cpus: z.number().positive().max(64).optional().describe('CPUs each container may use, 0.5 for half of one.'),
  })
  .describe('What the drill starts.');

const workload = z
  .strictObject({
    kind: z
      .enum(['append', 'cache', 'none'])
      .default('append')
      .describe(
        'append: every write is a unique element, so that each lost one is found. cache: reads and writes, for latency. none: probes only.',
      ),
    clients: count(1, 512).default(8).describe('Client connections.'),
    rate: rate('Operations per second over all clients, on a fixed schedule.').prefault('500/s'),
    wait: z
      .strictObject({
        replicas: count(0, 5).default(0).describe('WAIT for this many replicas after each write; 0 does not wait.'),
      })
      .default({ replicas: 0 })
      .describe('How sure a write is before it counts as acknowledged.'),
    profiles: z
      .enum(['tuned', 'default', 'both'])
      .default('both')
      .describe(
        "Client settings: tuned for measuring, the library's defaults (what an application feels), or half of the clients each.",
      ),
    keys: count(1, 1_000_000).default(1000).describe('How many keys the load is spread over.'),
    value_size: size('Size of one value.').prefault('64b'),
  })
  .describe('The load during the drill.');

/** An objective's limit, short or long. A yes-or-no objective is `true`, which YAML reads as a boolean. */
function objectiveField({ summary, unit, better }: Objective): z.ZodType {
  const example = exampleOf({ unit, better });
  const comparison = z.string().meta({ examples: [example] });
  const limit = unit === 'boolean' ? z.union([z.boolean(), comparison]) : comparison;
  return z
    .union([limit, z.strictObject({ limit, optional: z.boolean().default(false) })], {
      error: (issue) =>
        issue.input === undefined
          ? undefined
          : `write ${unit === 'boolean' ? example : JSON.stringify(example)}, or { limit: ${JSON.stringify(example)}, optional: true }`,
    })
    .optional()
    .describe(`${summary} (${unit})`);
}

const objectiveFields = Object.fromEntries(
  Object.entries(objectiveRegistry).map(([name, objective]) => [name, objectiveField(objective)]),
);

const list = <T extends z.ZodType>(item: T): z.ZodArray<T> => z.array(item).min(1);

const matrix = z
  .strictObject({
    image: list(image).optional(),
    shards: list(shards).optional(),
    replicas: list(replicas).optional(),
    persistence: list(persistence).optional(),
    config: z
      .record(z.string(), list(setting))
      .superRefine((config, ctx) => {
        for (const [key, values] of Object.entries(config))
          for (const [i, value] of values.entries()) {
            const message = settingProblem(key, value);
            if (message) ctx.addIssue({ code: 'custom', path: [key, i], message });
          }
      })
      .optional()
      .describe('A list of values for each setting.'),
  })
  .describe('Lists of images and settings: every combination becomes a scenario of its own, named after them.');

/** Each entry is read by itself, by its own form: see draft. */
const entries = z.array(z.looseObject({})).default([]);

export const scenarioFields = {
  name: z
    .string()
    .regex(kebab, 'a name is lower case words joined by "-", such as primary-kill')
    .max(80)
    .describe('Unique name: lower case words joined by "-".'),
  title: z.string().min(1).max(200).optional().describe('One line for reports. Default: the name.'),
  description: z.string().optional().describe('What happens, and what must be true afterwards.'),
  handbook: z.array(z.string()).default([]).describe('Sections of the failure handbook it rehearses, in quotes.'),
  severity: z.enum(severities).optional().describe('How severe the incident would be, P0 (worst) to P3.'),
  tags: z.array(z.string()).default([]).describe('Free words to select scenarios by.'),
  topology: topology.prefault({}),
  workload: workload.prefault({}),
  timeline: entries.describe('The faults and steps, each at a time or when an event happens.'),
  recovery: entries.describe('What the operator does. Leave it out to let the cluster recover by itself.'),
  objectives: z
    .strictObject(objectiveFields)
    .prefault({})
    .describe('What must hold. Every one is judged; the worst verdict counts. A drill of steps may do without.'),
  timeout: duration(
    'Give up on what has not recovered by then, counted from the start of the timeline. Default: from the objectives, at least 30s.',
  ).optional(),
  seed: z
    .string()
    .min(1)
    .optional()
    .describe('Seed of everything random. Default: derived from the name. --seed overrides it.'),
  matrix: matrix.optional(),
  extends: z
    .string()
    .min(1)
    .optional()
    .describe('A scenario file this one builds on: maps are merged, everything else is replaced.'),
};

export const scenarioSchema = z.strictObject(scenarioFields).meta({
  title: 'redrill scenario',
  description: 'A failure drill for Redis or Valkey. Keys that start with x- are ignored.',
});

export type RawScenario = z.output<typeof scenarioSchema>;

/** The published JSON Schema: draft-07, because editors' YAML support ends there. */
export function jsonSchema(): Record<string, unknown> {
  const { timeline, recovery } = scenarioFields;
  const published = scenarioSchema.extend({
    timeline: publishedEntries('timeline').optional().describe(timeline.description!),
    recovery: publishedEntries('recovery').optional().describe(recovery.description!),
  });
  return z.toJSONSchema(published.meta(scenarioSchema.meta()!), {
    target: 'draft-07',
    io: 'input',
    reused: 'inline',
    override: ({ jsonSchema: node, path }) => {
      if (node.additionalProperties === false) node.patternProperties = { '^x-': {} };
      if (path[1] === 'timeline' || path[1] === 'recovery') orItem(node);
    },
  }) as Record<string, unknown>;
}

/** In a loop `${item}` may stand for any value; a text takes it as it is. */
function orItem(node: Record<string, unknown>): void {
  const { description, default: fallback, type, ...rest } = node;
  const open = type === 'string' && !node.enum;
  if (open || (!node.enum && !['integer', 'number', 'boolean'].includes(String(type)))) return;
  for (const key of Object.keys(node)) delete node[key];
  Object.assign(node, {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [
      { ...(type !== undefined && { type }), ...rest },
      { type: 'string', pattern: '\\$\\{' },
    ],
  });
}

/** The shape of a scenario file: types, validation and the published JSON Schema come from here. */
import { z } from 'zod';
import type { Objective } from '../assertions/types.js';
import { count, duration, line, rate, size } from '../core/fields.js';
import { kebab } from './entries.js';
import { listsOf } from './matrix.js';
import { exampleOf, objectiveRegistry, own } from './registries.js';
import { topology } from './topology-schema.js';
import { severities } from './types.js';

const workload = z
  .strictObject({
    kind: z
      .enum(['append', 'expiring', 'cache', 'read', 'none'])
      .default('append')
      .describe(
        'append: every write is a unique element, so that each lost one is found. expiring: every write is a key with a time to live, every second of which outlives the drill. cache: reads and writes, for latency. read: reads values that were put there before the drill. none: probes only.',
      ),
    probes: z
      .enum(['write', 'read'])
      .default('write')
      .describe(
        'What service is. write: a write that is acknowledged and kept. read: a read of a value that was put there before, for deployments that nobody writes to; the load must not write either.',
      ),
    clients: count(1, 512).default(8).describe('Client connections.'),
    rate: rate('Operations per second over all clients, on a fixed schedule.').prefault('500/s'),
    wait: z
      .strictObject({
        replicas: count(0, 5).default(0).describe('WAIT for this many replicas after each write; 0 does not wait.'),
      })
      .default({ replicas: 0 })
      .describe('How sure a write is before it counts as acknowledged.'),
    replica_reads: rate(
      'Reads from replicas a second, in turn from every node that is not the primary of its shard: what they see, and how old it is. Default: none.',
    ).optional(),
    pubsub: z
      .strictObject({
        rate: rate('Messages a second.').prefault('50/s'),
        sharded: z
          .boolean()
          .default(false)
          .describe('By shard (SPUBLISH, SSUBSCRIBE; Redis 7.0 and Valkey), not to everybody.'),
      })
      .optional()
      .describe(
        'Publish and subscribe beside the load: a subscriber on each node (of 32 at most), and numbered messages through the primaries. Default: none.',
      ),
    profiles: z
      .enum(['tuned', 'default', 'patient', 'both', 'all'])
      .default('both')
      .describe(
        "Client settings: tuned for measuring, the library's defaults (what an application feels), patient (keeps its socket and waits 20s for an answer), both of the first two in turn, or all three.",
      ),
    keys: count(1, 1_000_000).default(1000).describe('How many keys the load is spread over.'),
    ttl: duration('How long the keys of kind expiring live.', { least: '200ms', most: '1m' }).prefault('2s'),
    value_size: size('Size of one value.', { least: '1b', most: '64mb' }).prefault('64b'),
  })
  .describe('The load during the drill.');

/** An objective's limit, short or long. A yes-or-no objective is `true`, which YAML reads as a boolean. */
function objectiveField(objective: Objective): z.ZodType {
  const { summary, unit } = objective;
  const example = exampleOf(objective);
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

const objectiveFields = new Map<string, z.ZodType>();

/** The limits of these objectives. */
const objectivesNamed = (names: readonly string[]) =>
  z.strictObject(
    Object.fromEntries(
      names.map((name) => {
        const field = objectiveFields.get(name) ?? objectiveField(objectiveRegistry[name]!);
        objectiveFields.set(name, field);
        return [name, field];
      }),
    ),
  );

const ofEntries = z
  .record(z.string(), z.record(z.string(), z.array(z.unknown()).min(1)))
  .describe('Entries by their id, and a list of values for each of their keys.');

const matrix = z
  .strictObject({
    ...(listsOf(topology) as z.ZodObject).shape,
    workload: listsOf(workload).optional().describe('Lists of values for keys of the workload.'),
    timeline: ofEntries.optional(),
    recovery: ofEntries.optional(),
  })
  .describe(
    'Lists of images, settings and other values: every combination becomes a scenario of its own, named after them.',
  );

/** Each entry is read by itself, by its own form: see draft. */
const entries = z.array(z.looseObject({})).default([]);

export const scenarioFields = {
  name: z
    .string()
    .regex(kebab, 'a name is lower case words joined by "-", such as primary-kill')
    .max(80)
    .describe('Unique name: lower case words joined by "-".'),
  title: line(200)
    // GitHub reads commands from lines that begin like this, also from those that a report prints.
    .refine((text) => !/^(::|##\[)/.test(text), 'a title does not begin with "::" or "##["')
    .optional()
    .describe('One line for reports. Default: the name.'),
  description: z.string().max(10_000).optional().describe('What happens, and what must be true afterwards.'),
  handbook: z.array(line(80)).default([]).describe('Sections of the failure handbook it rehearses, in quotes.'),
  severity: z.enum(severities).optional().describe('How severe the incident would be, P0 (worst) to P3.'),
  tags: z.array(line(80)).default([]).describe('Free words to select scenarios by.'),
  topology: topology.prefault({}),
  workload: workload.prefault({}),
  timeline: entries.describe('The faults and steps, each at a time or when an event happens.'),
  recovery: entries.describe('What the operator does. Leave it out to let the cluster recover by itself.'),
  objectives: objectivesNamed(own.objectives)
    .prefault({})
    .describe('What must hold. Every one is judged; the worst verdict counts. A drill of steps may do without.'),
  timeout: duration(
    'Give up on what has not recovered by then, counted from the start of the timeline. Default: from the objectives, at least 30s.',
  ).optional(),
  seed: line(200)
    .optional()
    .describe('Seed of everything random. Default: derived from the name. --seed overrides it.'),
  matrix: matrix.optional(),
  use: z
    .union([line(1000), z.array(line(1000)).max(20)])
    .optional()
    .describe(
      'A file, or several, of faults, procedures and objectives of your own; paths are as this file sees them.',
    ),
  extends: line(1000)
    .optional()
    .describe('A scenario file this one builds on: maps are merged, everything else is replaced.'),
};

const whole = z.strictObject(scenarioFields);
export type ScenarioSchema = typeof whole;
export type RawScenario = z.output<ScenarioSchema>;

/** A whole file that may ask for these objectives. */
export function schemaWith(objectives: readonly string[]): ScenarioSchema {
  const described = scenarioFields.objectives;
  const field = objectivesNamed(objectives).prefault({}).describe(described.description!) as typeof described;
  return whole.extend({ objectives: field }).meta({
    title: 'redrill scenario',
    description: 'A failure drill for Redis or Valkey. Keys that start with x- are ignored.',
  }) as ScenarioSchema;
}

/**
 * The shape of history.json, as `Recording` (recording.ts) has it without its tables: what is read back from a disk is held
 * against this before anything is derived from it. Fields that it does not know are left alone, newer versions may add some.
 */
import { z } from 'zod';
import type { Recording } from './recording.js';
import { count, settings, sharedShapes, text } from './shapes.js';
import type { tableNames } from './tables.js';

const share = z.number().nonnegative();
/** No run is longer than a year, and a damaged number must not become a loop that long. */
const YEAR = 365 * 24 * 3_600_000;
const time = z.number().min(-YEAR).max(YEAR);
const took = z.number().min(0).max(YEAR);
const slot = z.number().int().min(0).max(16_383);
const slotRange = z.tuple([slot, slot]);
const shard = z.number().int().min(0).max(65_535);
const role = z.enum(['primary', 'replica', 'sentinel']);

const shapes = sharedShapes(time);
const nodeName = text.min(1);

const opinion = z.object({
  about: text,
  role,
  health: z.enum(['ok', 'pfail', 'fail']),
  primary: z.exactOptional(text),
  epoch: z.number(),
  slots: z.array(slotRange),
  open: z.exactOptional(z.array(text)),
  linked: z.boolean(),
});

const view = z.object({
  t: time,
  since: time,
  node: nodeName,
  reachable: z.boolean(),
  state: z.exactOptional(z.enum(['ok', 'fail'])),
  currentEpoch: z.exactOptional(z.number()),
  runId: z.exactOptional(text),
  loading: z.exactOptional(z.literal(true)),
  opinions: z.array(opinion),
  gone: z.exactOptional(z.array(text)),
});

const final = z.object({
  at: time,
  converged: z.boolean(),
  unconverged: z.exactOptional(text),
  slotsCovered: count,
  nodesAgreeing: count,
  nodesTotal: count,
  replicas: z.array(
    z.object({
      shard,
      primary: text,
      replica: text,
      sameOffset: z.boolean(),
      sameData: z.exactOptional(z.boolean()),
      how: text,
    }),
  ),
  canaries: z.object({ written: count, missing: z.array(text), changed: z.array(text) }),
  unread: count,
  left: z.exactOptional(
    z.object({
      open: z.array(text),
      disagreements: z.array(text),
      keys: z.object({ owner: count, replica: count, afterHeal: count }),
      unsure: z.array(text),
      unserved: z.array(z.object({ key: text, is: z.enum(['unchanged', 'missing', 'changed', 'unread']) })),
      healedAt: z.exactOptional(time),
    }),
  ),
});

export const recordingSchema = z.object({
  version: z.literal(1),
  runId: text.min(1),
  scenario: shapes.scenario,
  seed: text,
  plan: z.unknown(),
  objectives: z.array(shapes.objective),
  clock: z.object({
    // What a Date can hold, a year before its end.
    wallAtZero: z.number().min(0).max(8.6e15),
    zero: z.exactOptional(time),
    end: time,
    offsets: z.record(text, z.number()),
  }),
  environment: shapes.environment,
  topology: z.object({
    kind: text,
    nodes: z.array(shapes.node.extend({ name: nodeName })),
    shards: z.array(z.object({ shard, slots: z.array(slotRange) })),
    replicasPerShard: count,
    replicasByShard: z.exactOptional(z.array(count)),
    config: settings,
    settings: z.exactOptional(z.record(text, text)),
    limits: z.exactOptional(
      z.object({ memory: z.exactOptional(share), cpus: z.exactOptional(share), disk: z.exactOptional(share) }),
    ),
    persistence: z.exactOptional(text),
    nodeTimeout: took,
    leastNodeTimeout: z.exactOptional(took),
    fullCoverage: z.boolean(),
    zones: z.exactOptional(
      z.object({
        names: z.array(text),
        clients: z.exactOptional(text),
        links: z.array(text),
        by: z.exactOptional(text),
      }),
    ),
    sentinels: z.exactOptional(
      z.object({
        count,
        quorum: count,
        downAfter: took,
        failoverTimeout: took,
        parallelSyncs: count,
        primaryName: z.exactOptional(text),
        hostnames: z.exactOptional(z.boolean()),
        config: z.exactOptional(settings),
      }),
    ),
  }),
  workload: z.object({
    kind: z.enum(['append', 'expiring', 'cache', 'read', 'none']),
    ttl: z.exactOptional(took),
    probes: z.exactOptional(z.enum(['write', 'read'])),
    clients: count,
    rate: share,
    waitReplicas: count,
    replicaReads: z.exactOptional(share),
    pubsub: z.exactOptional(z.object({ rate: share, sharded: z.boolean() })),
    probeEvery: took,
    observeEvery: took,
    probePatience: z.exactOptional(took),
    probeSlots: z.exactOptional(z.array(slot)),
    tags: z.exactOptional(z.array(text)),
  }),
  stages: z.array(
    z.object({
      name: z.enum(['start', 'steady', 'timeline', 'settle', 'heal', 'verify', 'collect', 'teardown']),
      from: time,
      to: z.exactOptional(time),
      error: z.exactOptional(text),
    }),
  ),
  faults: z.array(shapes.fault),
  procedures: z.array(shapes.procedure),
  steps: z.exactOptional(z.array(shapes.step)),
  views: z.array(view),
  logs: z.record(text, z.array(z.object({ t: time, text }))),
  final: z.exactOptional(final),
  errorTexts: z.array(text),
  eventLoop: z.object({ p99: share, max: share, cpu: z.exactOptional(share) }),
  warnings: z.array(text),
  early: z.exactOptional(text),
  aborted: z.exactOptional(z.object({ code: text, message: text })),
  skipped: z.exactOptional(text),
});

// Both directions: a field that only one of them has does not compile. An optional one is known by its name.
type Written = Omit<Recording, (typeof tableNames)[number]>;
type Stated = z.output<typeof recordingSchema>;
type SchemaIsTheType = [
  Stated extends Written ? true : never,
  Written extends Stated ? true : never,
  keyof Written extends keyof Stated ? true : never,
];
const _same: SchemaIsTheType = [true, true, true];
void _same;

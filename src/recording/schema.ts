/**
 * The shape of history.json, as `Recording` (recording.ts) has it without its tables: what is read back from a disk is held
 * against this before anything is derived from it. Fields that it does not know are left alone, newer versions may add some.
 */
import { z } from 'zod';
import { lossCauses } from './deeds.js';
import type { Recording } from './recording.js';
import type { tableNames } from './tables.js';

const text = z.string();
const count = z.number().int().nonnegative();
const share = z.number().nonnegative();
/** No run is longer than a year, and a damaged number must not become a loop that long. */
const YEAR = 365 * 24 * 3_600_000;
const time = z.number().min(-YEAR).max(YEAR);
const took = z.number().min(0).max(YEAR);
const slot = z.number().int().min(0).max(16_383);
const slotRange = z.tuple([slot, slot]);
const shard = z.number().int().min(0).max(65_535);
const role = z.enum(['primary', 'replica', 'sentinel']);
const beginRole = z.enum(['primary', 'replica', 'sentinel', 'spare', 'stranger']);
const settings = z.record(text, z.union([text, z.array(text)]));
const product = z.object({ product: z.enum(['redis', 'valkey']), version: text });

/** What result.json shows too, with moments that count from another zero. */
export const sharedShapes = (moment: z.ZodNumber) => ({
  fault: z.object({
    id: text,
    type: text,
    summary: text,
    params: z.record(text, z.unknown()),
    targets: z.array(text),
    targetWords: text,
    requestedAt: moment,
    effective: z.exactOptional(z.object({ at: moment, uncertainty: z.number().describe('ms'), text })),
    cutOff: z.array(text),
    impact: z.exactOptional(z.enum(['stops', 'cuts', 'none'])),
    loses: z.exactOptional(z.enum(lossCauses)),
    lasting: z.exactOptional(z.literal(true)),
    starved: z.exactOptional(z.array(text)),
    healedAt: z.exactOptional(moment),
    healed: z
      .exactOptional(z.record(text, moment))
      .describe('Nodes on which it was undone before it was on the others.'),
    over: z
      .exactOptional(z.object({ at: moment, why: text }))
      .describe('It did no more from then on, since what it was for was no more.'),
    error: z.exactOptional(text),
  }),
  procedure: z.object({
    name: text,
    summary: text,
    trigger: text,
    startedAt: moment,
    endedAt: z.exactOptional(moment),
    steps: z.array(
      z.object({
        at: moment,
        took: z.number().describe('ms'),
        title: text,
        command: z.exactOptional(text),
        node: z.exactOptional(text),
        output: z.exactOptional(text),
        ok: z.boolean(),
      }),
    ),
    verdict: z.enum(['done', 'failed', 'never started']),
    message: z.exactOptional(text),
  }),
  step: z.object({
    id: text,
    entry: text.describe('the top level entry it belongs to'),
    named: z.boolean().describe('the scenario gave it its id'),
    kind: z.enum(['run', 'expect', 'never', 'wait', 'remember']),
    title: text,
    expected: text,
    optional: z.boolean(),
    startedAt: z.exactOptional(moment).describe('missing for one that was never reached'),
    endedAt: z.exactOptional(moment),
    nodes: z.array(text),
    seen: z.exactOptional(text).describe('what was answered or seen last'),
    attempts: count,
    verdict: z.enum(['met', 'not met', 'unknown', 'not reached']),
    why: z.exactOptional(text),
  }),
  node: z.object({
    name: text,
    id: text,
    laterIds: z.exactOptional(z.array(text)),
    address: text,
    laterAddresses: z.exactOptional(z.array(z.object({ from: moment, address: text }))),
    shard: count,
    role: beginRole,
    zone: z.exactOptional(text),
    server: z.exactOptional(product).describe('what it began with, in a topology of several servers'),
    config: z.exactOptional(settings).describe('settings of its own, beside or instead of what all have'),
  }),
  scenario: z.object({
    name: text,
    title: text,
    variant: z
      .exactOptional(z.object({ of: text, label: text }))
      .describe('which one of a matrix: the name of the scenario as written, and the values that were put in'),
    file: z.exactOptional(text),
    use: z.exactOptional(z.array(text)),
    severity: z.exactOptional(text),
    handbook: z.array(text),
    tags: z.array(text),
    description: z.exactOptional(text),
  }),
  objective: z.object({
    name: text,
    op: z.enum(['<', '<=', '>', '>=', '==']),
    limit: z.number(),
    text: text.describe('as the scenario states it'),
    optional: z.boolean(),
    position: z.exactOptional(z.object({ file: text, line: z.number(), column: z.number() })),
  }),
  environment: z.object({
    engine: text,
    kernel: text,
    cpus: z.number(),
    memory: z.number().describe('bytes'),
    node: text,
    redrill: text,
    host: text,
    image: z.object({ name: text, id: text, origin: text }),
    server: product,
    connect: z.enum(['direct', 'published']),
  }),
});

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

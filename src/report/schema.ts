/**
 * The published shape of result.json, version 1. It is written down once more, beside the types, because a reader in
 * another language needs it; the compiler checks that both say the same. Within a version fields are only added.
 */
import { z } from 'zod';
import { phaseNames } from '../timeline/types.js';
import { lossCauses } from '../workload/recording.js';
import type { Result } from './types.js';
import { stageNames } from './types.js';

const verdict = z.enum(['pass', 'fail', 'inconclusive']);
const ms = z.number().describe('ms');
const moment = z.number().describe("ms since the timeline's zero");
const text = z.string();
const count = z.number().int().nonnegative();

const server = z.object({ product: z.enum(['redis', 'valkey']), version: text });

const measured = z.union([
  z.object({ value: z.number(), note: z.exactOptional(text), uncertainty: z.exactOptional(ms) }),
  z.object({ value: z.literal('never'), note: text }),
  z.object({ value: z.null(), why: text }),
]);

const limit = z.object({
  name: text,
  op: z.enum(['<', '<=', '>', '>=', '==']),
  limit: z.number(),
  text: text.describe('as the scenario states it'),
  optional: z.boolean(),
  position: z.exactOptional(z.object({ file: text, line: z.number(), column: z.number() })),
});

const finding = z.object({
  objective: text,
  summary: text,
  unit: z
    .enum(['duration', 'count', 'percent', 'boolean'])
    .describe('duration in ms, percent as a share 0..1, boolean as 1 or 0'),
  limit,
  measured,
  verdict,
  text,
});

const phase = z.object({
  name: z.enum(phaseNames),
  from: moment,
  at: moment,
  ms,
  uncertainty: ms,
  witness: text,
  predicted: z.exactOptional(z.object({ min: ms, max: ms, rule: text })),
  fit: z.exactOptional(z.enum(['in range', 'early', 'late'])),
  note: z.exactOptional(text),
});

const incident = z.object({
  fault: text.describe('id of the fault, or name of the procedure'),
  at: moment,
  uncertainty: ms,
  affectedShards: z.array(count),
  episode: z.exactOptional(z.object({ from: moment, to: z.exactOptional(moment) })),
  phases: z.array(phase),
  predictedRecovery: z.exactOptional(z.object({ min: ms, max: ms, rule: text })),
});

const outage = z.object({
  shard: count,
  from: moment,
  to: z.exactOptional(moment).describe('missing when it had not ended by the end of the run'),
  answers: z.record(text, count),
});

const event = z.object({
  t: moment,
  kind: z.enum([
    'stage',
    'fault',
    'effective',
    'heal',
    'suspected',
    'failed',
    'election',
    'promoted',
    'demoted',
    'state',
    'outage',
    'service',
    'procedure',
    'step',
    'sync',
    'client',
    'redundant',
    'normal',
  ]),
  node: z.exactOptional(text),
  shard: z.exactOptional(count),
  text,
  witness: text,
});

const cause = z.enum(lossCauses);

const fault = z.object({
  id: text,
  type: text,
  summary: text,
  params: z.record(text, z.unknown()),
  targets: z.array(text),
  targetWords: text,
  requestedAt: moment,
  effective: z.exactOptional(z.object({ at: moment, uncertainty: ms, text })),
  cutOff: z.array(text),
  impact: z.exactOptional(z.enum(['stops', 'cuts', 'none'])),
  loses: z.exactOptional(cause),
  lasting: z.exactOptional(z.literal(true)),
  starved: z.exactOptional(z.array(text)),
  healedAt: z.exactOptional(moment),
  healed: z.exactOptional(z.record(text, moment)).describe('Nodes on which it was undone before it was on the others.'),
  over: z
    .exactOptional(z.strictObject({ at: moment, why: text }))
    .describe('It did no more from then on, since what it was for was no more.'),
  error: z.exactOptional(text),
});

const procedure = z.object({
  name: text,
  summary: text,
  trigger: text,
  startedAt: moment,
  endedAt: z.exactOptional(moment),
  steps: z.array(
    z.object({
      at: moment,
      took: ms,
      title: text,
      command: z.exactOptional(text),
      node: z.exactOptional(text),
      output: z.exactOptional(text),
      ok: z.boolean(),
    }),
  ),
  verdict: z.enum(['done', 'failed', 'never started']),
  message: z.exactOptional(text),
});

const step = z.object({
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
});

const ledger = z.object({
  checked: z.boolean(),
  why: z.exactOptional(text),
  acknowledged: count,
  lost: count,
  unknown: count,
  unknownDurable: count,
  failedButPresent: count,
  duplicated: count,
  byCause: z.partialRecord(cause, count),
  losses: z
    .array(
      z.object({
        client: count,
        seq: count,
        key: text,
        slot: count,
        shard: count,
        ackedAt: moment,
        age: ms.describe("relative to the fault's effective moment"),
        node: z.exactOptional(text),
        cause,
      }),
    )
    .describe('the oldest first, cut; lost is the true count'),
  rpoMs: ms,
});

export const resultSchema = z
  .object({
    version: z.literal(1),
    runId: text,
    verdict: z
      .enum([...verdict.options, 'skipped'])
      .describe('skipped: the drill is not possible on this server, and nothing was tried'),
    skipped: z.exactOptional(text).describe('why'),
    sentence: text,
    scenario: z.object({
      name: text,
      title: text,
      variant: z
        .exactOptional(z.object({ of: text, label: text }))
        .describe('which one of a matrix: the name of the scenario as written, and the values that were put in'),
      file: z.exactOptional(text),
      severity: z.exactOptional(text),
      handbook: z.array(text),
      tags: z.array(text),
      description: z.exactOptional(text),
    }),
    seed: text,
    startedAt: text.describe('wall clock, ISO 8601, UTC'),
    durationMs: ms,
    clock: z.object({ zeroAt: text, effective: z.exactOptional(moment) }),
    stages: z.array(
      z.object({ name: z.enum(stageNames), outcome: z.enum(['pass', 'fail', 'error', 'skipped']), ms, message: text }),
    ),
    findings: z.array(finding),
    phases: z.array(phase).describe('of the first incident'),
    incidents: z.array(incident),
    outages: z.array(outage),
    events: z.array(event),
    faults: z.array(fault),
    procedures: z.array(procedure),
    steps: z.array(step),
    losses: ledger,
    nodes: z.array(
      z.object({
        name: text,
        id: text,
        laterIds: z.exactOptional(z.array(text)),
        address: text,
        shard: count,
        role: z.enum(['primary', 'replica', 'sentinel']),
        zone: z.exactOptional(text),
        server: z.exactOptional(server).describe('what it began with, in a topology of several servers'),
      }),
    ),
    environment: z.object({
      engine: text,
      kernel: text,
      cpus: z.number(),
      memory: z.number().describe('bytes'),
      node: text,
      redrill: text,
      host: text,
      image: z.object({ name: text, id: text, origin: text }),
      server,
      connect: z.enum(['direct', 'published']),
    }),
    reproduce: z.object({ command: text }),
    warnings: z.array(text),
  })
  .meta({
    title: 'redrill result',
    description: 'The verdict of one drill. Times are ms since the timeline’s zero unless a name says otherwise.',
  });

// Both directions: a field missing here, or one too many, does not compile.
type Stated = z.output<typeof resultSchema>;
export type SchemaIsTheType = [Stated extends Result ? true : never, Result extends Stated ? true : never];
const _same: SchemaIsTheType = [true, true];
void _same;

/** `closed` refuses fields it does not know: for our own tests. Readers get the open one, because fields may be added. */
export function resultJsonSchema({ closed = false } = {}): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(resultSchema, { target: 'draft-07', io: closed ? 'output' : 'input' });
  return { $schema, ...rest };
}

/**
 * The published shape of result.json, version 1. It is written down once more, beside the types, because a reader in
 * another language needs it; the compiler checks that both say the same. Within a version fields are only added.
 */
import { z } from 'zod';
import { lossCauses } from '../recording/deeds.js';
import { sharedShapes } from '../recording/shapes.js';
import { phaseNames } from '../timeline/types.js';
import type { Result } from './types.js';
import { stageNames } from './types.js';

const verdict = z.enum(['pass', 'fail', 'inconclusive']);
const ms = z.number().describe('ms');
const moment = z.number().describe("ms since the timeline's zero");
const text = z.string();
const count = z.number().int().nonnegative();
/** Told as they were recorded. */
const { fault, procedure, step, node, scenario, objective: limit, environment } = sharedShapes(moment);

const measured = z.union([
  z.object({
    value: z.number(),
    atMost: z.exactOptional(
      z
        .number()
        .nullable()
        .describe('where only bounds are known: value is the least, this the most; null: no end was seen'),
    ),
    note: z.exactOptional(text),
    uncertainty: z.exactOptional(ms),
  }),
  z.object({ value: z.literal('never'), note: text }),
  z.object({ value: z.null(), why: text }),
]);

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

const round = z.object({
  from: moment.describe('when the first of them stood'),
  to: moment.describe('when the last of them stood'),
  stood: count.describe('shards that stood for election'),
  elections: count.describe('that they held'),
  won: z.array(count).describe('shards that were elected'),
  lost: z.array(
    z.object({
      shard: count,
      node: text,
      at: moment,
      epoch: count,
      why: z
        .enum(['epoch taken', 'too late', 'not enough votes', 'not decided'])
        .describe(
          'primaries had voted for another shard in this epoch; they knew of a later one, or the votes came too late; too few answered; measuring ended first',
        ),
      votes: count,
      needed: count,
      to: z.exactOptional(count).describe('the shard that had the epoch'),
      barred: z
        .exactOptional(moment)
        .describe('its server found its data too old to stand again (cluster-replica-validity-factor)'),
    }),
  ),
  predicted: z
    .exactOptional(z.object({ min: moment, max: moment, rule: text }))
    .describe('when those who had lost the round before were to stand again'),
  fit: z.exactOptional(z.enum(['in range', 'early', 'late'])),
});

const incident = z.object({
  fault: text.describe('id of the fault, or name of the procedure'),
  at: moment,
  uncertainty: ms,
  affectedShards: z.array(count),
  episode: z.exactOptional(z.object({ from: moment, to: z.exactOptional(moment) })),
  lostAgain: z
    .exactOptional(moment)
    .describe('service came back, was lost again then, and had not come back by the end of measuring'),
  phases: z.array(phase),
  predictedRecovery: z.exactOptional(z.object({ min: ms, max: ms, rule: text })),
  rounds: z.exactOptional(z.array(round)).describe("elections of a cluster's shards, by their servers' logs"),
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

const profile = z.enum(['tuned', 'default', 'patient']);

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
  byProfile: z.exactOptional(
    z
      .partialRecord(profile, z.object({ acknowledged: count, lost: count, unknown: count }))
      .describe('by the settings of the clients that carried the load'),
  ),
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
        profile: z.exactOptional(profile),
        cause,
      }),
    )
    .describe('the oldest first, cut; lost is the true count'),
  rpoMs: ms,
  rpoAtLeast: z
    .exactOptional(z.literal(true))
    .describe(
      'the oldest acknowledged write of a shard is among the lost ones: more would have been lost if more had been there',
    ),
});

const deaf = z.exactOptional(
  z.object({
    node: text,
    at: moment,
    ms: ms.describe('for which its subscriber, connected, got nothing'),
    missed: count,
  }),
);

const messages = z.object({
  published: count,
  refused: z.record(text, count).describe('what the publisher got instead of an acknowledgement'),
  due: count.describe('acknowledged while a subscription stood, summed up over subscribers'),
  lost: count,
  away: count.describe('acknowledged while a subscriber had no connection'),
  delay: z.object({ p50: ms, p99: ms, max: ms }).nullable(),
  deaf,
  subscribers: z.array(z.object({ node: text, due: count, lost: count, away: count, deaf })),
});

const expiries = z.object({
  asked: count.describe('acknowledged keys that could be asked for in the end'),
  due: count.describe('of these, those whose time was over'),
  wrong: z.object({ outlived: count, forever: count, later: count, sooner: count }),
  keys: z.array(
    z.object({ key: text, how: z.enum(['outlived', 'forever', 'later', 'sooner']), by: z.number().nullable() }),
  ),
});

const behind = {
  ms: ms.describe('for which its value had been overwritten by an acknowledged write'),
  writes: count.describe('acknowledged writes that it did not know'),
};

const replicaReads = z.object({
  reads: count,
  answered: count,
  errors: z.record(text, count).describe('what the others got instead'),
  behind: count.describe('answers that were behind at all'),
  worst: z.exactOptional(z.object({ node: text, shard: count, at: moment, ...behind })),
  nodes: z.array(z.object({ node: text, reads: count, failed: count, behind: count, worst: z.object(behind) })),
});

export const resultSchema = z
  .object({
    version: z.literal(1),
    runId: text,
    verdict: z
      .enum([...verdict.options, 'skipped'])
      .describe('skipped: the drill is not possible on this server, and nothing was tried'),
    skipped: z.exactOptional(text).describe('why'),
    aborted: z
      .exactOptional(z.object({ code: text, message: text }))
      .describe("what broke the run off before its end; code BUG: redrill's own fault, and exit code 70"),
    sentence: text,
    scenario,
    seed: text,
    startedAt: text.describe('wall clock, ISO 8601, UTC'),
    durationMs: ms,
    clock: z.object({ zeroAt: text, effective: z.exactOptional(moment) }),
    stages: z.array(
      z.object({ name: z.enum(stageNames), outcome: z.enum(['pass', 'fail', 'error', 'skipped']), ms, message: text }),
    ),
    findings: z.array(finding),
    phases: z.array(phase).describe('of the incident whose recovery took longest'),
    incidents: z.array(incident),
    outages: z.array(outage),
    events: z.array(event),
    faults: z.array(fault),
    procedures: z.array(procedure),
    steps: z.array(step),
    losses: ledger,
    messages: z.exactOptional(messages).describe('where the workload published messages'),
    expiries: z.exactOptional(expiries).describe('where the keys of the load had a time to live'),
    replicaReads: z.exactOptional(replicaReads).describe('where the workload read from replicas'),
    nodes: z.array(node),
    environment,
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

/** Shapes that stand in a recording and in result.json alike. */
import { z } from 'zod';
import { lossCauses } from './deeds.js';

export const text = z.string();
export const count = z.number().int().nonnegative();
export const settings = z.record(text, z.union([text, z.array(text)]));
const beginRole = z.enum(['primary', 'replica', 'sentinel', 'spare', 'stranger']);
const product = z.object({ product: z.enum(['redis', 'valkey']), version: text });

const faultShape = (moment: z.ZodNumber) =>
  z.object({
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
  });

const procedureShape = (moment: z.ZodNumber) =>
  z.object({
    name: text,
    summary: text,
    idle: z.exactOptional(z.literal(true)),
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
  });

const stepShape = (moment: z.ZodNumber) =>
  z.object({
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

const nodeShape = (moment: z.ZodNumber) =>
  z.object({
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
  });

const scenarioShape = z.object({
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
});

const objectiveShape = z.object({
  name: text,
  op: z.enum(['<', '<=', '>', '>=', '==']),
  limit: z.number(),
  text: text.describe('as the scenario states it'),
  optional: z.boolean(),
  position: z.exactOptional(z.object({ file: text, line: z.number(), column: z.number() })),
});

const environmentShape = z.object({
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
});

/** @param moment the two count from different zeros. */
export const sharedShapes = (moment: z.ZodNumber) => ({
  fault: faultShape(moment),
  procedure: procedureShape(moment),
  step: stepShape(moment),
  node: nodeShape(moment),
  scenario: scenarioShape,
  objective: objectiveShape,
  environment: environmentShape,
});

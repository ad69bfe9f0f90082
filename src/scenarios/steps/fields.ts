/** How steps are written: types, validation, JSON Schema and editor completion of all that is neither fault nor procedure. */
import { z } from 'zod';
import { messageOf } from '../../core/errors.js';
import { duration, least, text } from '../../core/fields.js';
import { parseDuration } from '../../core/units.js';
import { parseWhen, type WhenEvent } from '../when.js';
import { commandsOf } from './command.js';
import { type Regex, writtenRegex } from './regex.js';
import { type ErrorExpectation, type Expectation, parseError, parseReply, type WrittenReply } from './reply.js';
import { oneLine, valueName } from './values.js';

/** Turns what was written into what is meant, or complains in the words of the error. */
const read =
  <In, Out>(parse: (written: In) => Out) =>
  (written: In, ctx: z.RefinementCtx): Out => {
    try {
      return parse(written);
    } catch (error) {
      ctx.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  };

const wrong = (message: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? undefined : message),
});

const argument = z.union([z.string(), z.number()]);
const commandField = z
  .union(
    [z.string(), z.array(argument).min(1)],
    wrong('a command is a text such as "SET key value", or a list of its arguments'),
  )
  .meta({
    description:
      'The command, as for redis-cli: words, or texts in quotes. Several lines are several commands on one connection; the reply to the last one counts. A list is the arguments of one command.',
    examples: ['SET foo bar', ['SET', 'foo', 'a text']],
  })
  .transform(
    read((written): string[][] => (typeof written === 'string' ? commandsOf(written) : [written.map(String)])),
  );

const replyForm: z.ZodType<WrittenReply> = z.lazy(() =>
  z.union(
    [
      z.string(),
      z.number(),
      z.null(),
      z.array(replyForm),
      z.strictObject({ equals: argument }),
      z.strictObject({ matches: z.string() }),
      z.strictObject({ contains: argument }),
      z.strictObject({ some: replyForm }),
      z.strictObject({ every: replyForm }),
      z.strictObject({ error: z.union([z.string().min(1), z.literal(true)]) }),
      z.strictObject({ not: replyForm }),
    ],
    wrong(
      'a reply is a text, a number, null, a list of replies, or one of { equals }, { contains }, { matches }, { some }, { every }, { not }',
    ),
  ),
);
const replyField = replyForm
  .meta({
    description:
      'What the reply has to be: a text or number, /a regular expression/, "contains text", a comparison such as ">= 5", null for nil, a list for each item of a list, or { equals, contains, matches, some, every, not }. Without it any reply without an error in it will do.',
    examples: ['OK', '>= 1', '/^master/', 'contains foo'],
  })
  .transform(read((written): Expectation => parseReply(written as WrittenReply)));

const errorField = z
  .union(
    [z.string().min(1), z.literal(true)],
    wrong('an error is the beginning of its text such as MOVED, /a regular expression/, "no reply", or true for any'),
  )
  .meta({
    description:
      'The error that has to come: how its text begins, /a regular expression/, "no reply", or true for any.',
    examples: ['MOVED', 'CLUSTERDOWN', 'no reply'],
  })
  .transform(read((written): ErrorExpectation => parseError(written)));

export const saveField = z
  .string()
  .regex(valueName, 'a name for a value is letters, digits, "-" and "_", and begins with a letter')
  .describe(`Keeps it under this name: \${name} stands for it in later steps.`);

export const eventsField = z
  .union(
    [z.string(), z.array(z.string()).min(1)],
    wrong('an expectation is a text such as "node-4 is primary", or a list of them'),
  )
  .meta({ examples: ['failover complete', 'primary of shard 1 is node-4'] })
  .transform((written, ctx) =>
    [written].flat().map((words, index): WhenEvent => {
      try {
        return parseWhen(words);
      } catch (error) {
        ctx.addIssue({ code: 'custom', message: messageOf(error), path: Array.isArray(written) ? [index] : [] });
        return z.NEVER;
      }
    }),
  );

const onField = z
  .union(
    [z.string(), z.array(z.string()).min(1)],
    wrong('"on" is words such as "primary of shard 1", or a list of them'),
  )
  .transform((written) => [written].flat().map(oneLine));

const findField = z.string().transform(read((written): Regex => writtenRegex(written)));

const times = z.int().min(1).max(500);
export const repeatField = z
  .union(
    [
      times,
      z.strictObject({
        times: times.describe('How often.'),
        every: duration('A round begins so long after the one before began, or when that one is over.').optional(),
        pause: duration('How long to wait between two rounds.').optional(),
      }),
    ],
    wrong('a number such as 5, or { times: 5, every: 10s } or { times: 5, pause: 2s }'),
  )
  .describe(`How often it is carried out, one round after the other; \${round} is the number of the round.`);
export const eachField = z
  .array(z.union([z.string(), z.number()], wrong('an item is a text or a number')))
  .min(1)
  .describe(
    `It is carried out once for each of these, one after the other; \${item} is the one, \${round} its number.`,
  );

export const optionalField = z.boolean().default(false).describe('It is reported, but decides nothing.');

export const runFields = {
  run: commandField,
  on: onField
    .optional()
    .describe('Which nodes get it, resolved when it is sent. Default: the "on" of the steps around it.'),
  reply: replyField.optional(),
  error: errorField.optional(),
  field: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Only this part counts: the line "field:value" of a text such as INFO, or the value that follows it in a list.',
    ),
  item: z
    .union([z.int(), z.array(z.union([z.int(), z.string().min(1)])).min(1)])
    .transform((written) => [written].flat())
    .optional()
    .describe(
      'Only this item of a list counts, from 0; -1 is the last. A list leads into lists of lists, by number or by the name before a value: [0, nodes, 1, health].',
    ),
  find: findField
    .optional()
    .describe(
      'Only what this regular expression finds counts: its first group, or all of it. In a list it looks at every text, at any depth.',
    ),
  count: z
    .literal(true)
    .optional()
    .describe('How many counts: what "find" finds, or the items of a list, or the lines of a text.'),
  within: duration('Send it again until the reply is as expected, for so long. Default: it is sent once.').optional(),
  timeout: least(
    duration('How long to wait for each reply.'),
    10,
    'no server answers in less than 10ms for certain',
  ).prefault('1s'),
  save: saveField.optional(),
  optional: optionalField,
};

export const expectFields = {
  expect: eventsField.describe('What must hold: a state, an event, or a list of them that must hold together.'),
  within: duration('How long it may take until it holds. Default: it must hold at once.').optional(),
  for: duration('How long it must go on holding then.').optional(),
  optional: optionalField,
};

export const neverFields = {
  never: eventsField.describe('What must not come to be so: a state, an event, or a list of them, none of which may.'),
  for: least(duration('How long it is watched.'), 1, 'what is not watched is not seen: 1ms at least'),
  optional: optionalField,
};

export const waitFields = {
  wait: text(
    (written): { time: number } | { event: WhenEvent } =>
      /^\d/.test(written.trim()) ? { time: parseDuration(written) } : { event: parseWhen(written) },
    { description: 'A time, or the event after which it goes on.', examples: ['2s', 'failover complete'] },
  ),
  within: duration('How long to wait for the event. Default: the budget of the run.').optional(),
};

export const rememberFields = {
  remember: z.string().min(1).describe('Whose name is kept, as it is resolved now: primary of shard 1.'),
  save: saveField,
};

/**
 * One schema for each registered fault and procedure and for each kind of step: the fields every entry has, flattened
 * together with those it declares itself. A new fault appears here, in the JSON Schema and in the messages by being registered.
 */
import { z } from 'zod';
import { messageOf } from '../core/errors.js';
import { duration, least, percent, text } from '../core/fields.js';
import { parseTarget, type Target } from '../topology/targets.js';
import { wordOf } from './merge.js';
import { faultRegistry, procedureRegistry } from './registries.js';
import {
  eachField,
  expectFields,
  neverFields,
  rememberFields,
  repeatField,
  runFields,
  waitFields,
} from './steps/fields.js';
import { namesIn, oneLine } from './steps/values.js';
import { eventForms, parseWhen, type WhenEvent } from './when.js';

interface WrittenTarget {
  words: string;
  /** Missing where a saved value stands in it. */
  target?: Target;
}

/** A fault or procedure after parsing, before ids and defaults. */
export interface RawEntry {
  each?: unknown[];
  repeat?: number | { times: number; every?: number; pause?: number };
  id?: string;
  fault?: string;
  procedure?: string;
  target?: WrittenTarget[];
  at?: number;
  when?: WhenEvent;
  within?: number;
  for?: number;
  probability?: number;
  [param: string]: unknown;
}

export const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Stands once in the published schema, however many entries have it. */
const shared = <T extends z.ZodType>(id: string, field: T): T =>
  field.meta({ ...field.meta(), id: `field-${id}` }) as T;

const triggerFields = {
  id: shared(
    'id',
    z
      .string()
      .max(80)
      .regex(kebab, 'an id is lower case words joined by "-"')
      .describe('A name for this entry, for "after <id>" and the report. Default: type and number.'),
  ).optional(),
  at: shared('at', duration('When it starts, counted from steady state with load running.')).optional(),
  when: shared(
    'when',
    text(parseWhen, {
      description: `The event that starts it: ${eventForms.join(', ')}.`,
      examples: ['failover complete', 'log matches /Failover election won/'],
    }),
  ).optional(),
  within: shared(
    'within',
    duration('How long to wait for the event of `when`, counted from the first fault. Default: the budget of the run.'),
  ).optional(),
};

/** The fields that every entry has. */
const commonFields = {
  ...triggerFields,
  repeat: shared('repeat', repeatField).optional(),
  each: shared('each', eachField).optional(),
};

const faultFields = {
  ...commonFields,
  for: shared(
    'for',
    least(
      duration('Heal it after this time. Default: it stays until a procedure or the end of the drill heals it.'),
      1,
      'a fault lasts 1ms at least',
    ),
  ).optional(),
  probability: shared(
    'probability',
    least(
      percent('How likely it is to fire; drawn once from the seed when the plan is made.'),
      Number.MIN_VALUE,
      'at 0% it never fires: leave it out',
    ),
  ).optional(),
};

const targetField = z
  .union([z.string(), z.array(z.string()).min(1)], {
    error: (issue) =>
      issue.input === undefined ? undefined : 'a target is words such as "primary of shard 1", or a list of them',
  })
  .meta({
    description:
      'Who is hit, resolved when the fault fires: primary, replica, primary of shard 2, replicas of shard 2, primary of slot 42, primary of key user:1, zone eu, primaries of zone eu, one, minority, majority, all, node-3; or a list of them.',
    examples: ['primary of shard 1', 'replica', 'minority', 'node-3', ['node-1', 'node-2']],
  })
  .transform((written, ctx) =>
    [written].flat().map((words, index): WrittenTarget => {
      try {
        const plain = oneLine(words);
        return namesIn(plain).length > 0 ? { words: plain } : { words: plain, target: parseTarget(plain) };
      } catch (error) {
        ctx.addIssue({ code: 'custom', message: messageOf(error), path: Array.isArray(written) ? [index] : [] });
        return z.NEVER;
      }
    }),
  );

const sharedTarget = shared('target', targetField);

/** What any entry may have, whatever its type. */
export const commonFault = z.looseObject({ ...faultFields, target: targetField.optional() });
export const commonProcedure = z.looseObject(commonFields);

type Shape = Record<string, z.ZodType>;

function flattened(
  kind: 'fault' | 'procedure',
  name: string,
  summary: string,
  params: z.ZodType,
  common: Shape,
): z.ZodObject {
  if (!(params instanceof z.ZodObject)) throw new TypeError(`${kind} ${name}: params must be an object schema`);
  // `within` may be a parameter's own: then it limits the procedure itself, and the wait for its event by the run's budget.
  const own = new Set(Object.keys(params.shape));
  const taken = Object.keys(common).filter((key) => own.has(key) && key !== 'within');
  if (taken.length > 0) throw new TypeError(`${kind} ${name}: the parameter ${taken.join(', ')} hides a common field`);
  const fields = Object.fromEntries(Object.entries(common).filter(([key]) => !own.has(key)));
  // safeExtend keeps the refinements of the parameters.
  return params
    .safeExtend({ [kind]: z.literal(name).describe(summary), ...fields })
    .strict()
    .meta({ id: `${kind}-${name}`, title: `${kind} ${name}`, description: summary });
}

function union(kind: 'fault' | 'procedure', options: z.ZodObject[]): z.ZodType<RawEntry> {
  return z.discriminatedUnion(kind, options as [z.ZodObject, ...z.ZodObject[]]) as unknown as z.ZodType<RawEntry>;
}

const faultForm = (name: string): z.ZodObject => {
  const { summary, params, targeted } = faultRegistry[name]!;
  return flattened('fault', name, summary, params, {
    ...faultFields,
    ...(targeted !== false && { target: sharedTarget }),
  });
};

const procedureForm = (name: string): z.ZodObject => {
  const { summary, params } = procedureRegistry[name]!;
  return flattened('procedure', name, summary, params, commonFields);
};

/** A form is made once: its id stands for one schema. */
const made = { fault: new Map<string, z.ZodObject>(), procedure: new Map<string, z.ZodObject>() };
function formsNamed(kind: 'fault' | 'procedure', names: readonly string[]): z.ZodObject[] {
  return names.map((name) => {
    const form = made[kind].get(name) ?? (kind === 'fault' ? faultForm : procedureForm)(name);
    made[kind].set(name, form);
    return form;
  });
}

/** A step has the fields of every entry, and its own; a `within` of its own is not the trigger's. */
const step = <F extends Shape>(title: string, description: string, fields: F) =>
  z.strictObject({ ...commonFields, ...fields }).meta({ title, description });

const run = step('run', 'A command, and what it has to be answered.', runFields);
const expect = step('expect', 'States and events that must hold.', expectFields);
const never = step('never', 'States and events that must not come to be so.', neverFields);
const wait = step('wait', 'Goes on after a time or an event.', waitFields);
const remember = step('remember', 'Keeps the name of a node for later steps.', rememberFields);
const sequence = <S extends z.ZodType>(inner: S) =>
  step('steps', 'Faults, procedures and steps, one after the other.', {
    steps: inner,
    on: runFields.on.describe('Which nodes get the commands in it that do not say so themselves.'),
  });
const choice = <S extends z.ZodType>(options: S) =>
  step('choose', 'One of several entries, drawn from the seed when the plan is made.', {
    choose: options,
    on: runFields.on.describe('Which nodes get the commands in it that do not say so themselves.'),
  });
/** Each of the entries in it is read by itself (draft-entries). */
const choose = choice(z.array(z.looseObject({})).min(2));
const steps = sequence(z.array(z.looseObject({})).min(1));

/** Names that a scenario file may write. */
export interface Known {
  faults: readonly string[];
  procedures: readonly string[];
}

/** What an entry may be, by the key that says so. */
export const formsOf = ({ faults, procedures }: Known) => ({
  fault: union('fault', formsNamed('fault', faults)),
  procedure: union('procedure', formsNamed('procedure', procedures)),
  run,
  expect,
  never,
  wait,
  remember,
  steps,
  choose,
});
export type Forms = ReturnType<typeof formsOf>;
export type FormName = keyof Forms;

const formNames = [
  'fault',
  'procedure',
  'run',
  'expect',
  'never',
  'wait',
  'remember',
  'steps',
  'choose',
] as const satisfies readonly FormName[];

/** What may stand in which list: among steps, anything may. */
export const allowed: Record<'timeline' | 'recovery' | 'steps', readonly FormName[]> = {
  timeline: ['fault', 'run', 'expect', 'never', 'wait', 'remember', 'steps', 'choose'],
  recovery: ['procedure', 'run', 'expect', 'never', 'wait', 'remember', 'steps', 'choose'],
  steps: ['fault', 'procedure', 'run', 'expect', 'never', 'wait', 'remember', 'steps', 'choose'],
};

/** The key of an entry that says what it is. */
export const formOf = (entry: Record<string, unknown>): FormName | undefined =>
  formNames.find((name) => Object.hasOwn(entry, name));

const oneTrigger = { oneOf: [{ required: ['at'] }, { required: ['when'] }] };
const noTrigger = { not: { anyOf: oneTrigger.oneOf } };

/** The entries of both lists, as editors and other readers of the published schema see them: steps hold steps there. */
export function publishedEntries(known: Known): Record<'timeline' | 'recovery', z.ZodType> {
  const entry = (of: keyof typeof allowed): z.ZodType =>
    z.union(allowed[of].map((name) => published[name]) as [z.ZodType, ...z.ZodType[]]);
  const several = (least: number): z.ZodType => z.lazy(() => z.array(entry('steps').meta(noTrigger)).min(least));
  const named = { ...formsOf(known), steps: sequence(several(1)), choose: choice(several(2)) };
  const published = Object.fromEntries(
    Object.entries(named).map(([name, form]) => [
      name,
      // Faults and procedures have their names as ids already.
      name === 'fault' || name === 'procedure' ? form : form.meta({ id: name }),
    ]),
  ) as Record<FormName, z.ZodType>;
  const list = (of: 'timeline' | 'recovery'): z.ZodType => z.array(entry(of).meta(oneTrigger));
  return { timeline: list('timeline'), recovery: list('recovery') };
}

/** The parameters that a fault or procedure declares itself, as shown by `redrill faults NAME`. */
export const shapeOf = (params: z.ZodType): Record<string, z.ZodType> =>
  params instanceof z.ZodObject ? params.shape : {};

/** A step has a `within` of its own, and so may a procedure or fault: the time it may take itself. */
export function ownsWithin(entry: Record<string, unknown>): boolean {
  const form = formOf(entry);
  if (form !== 'fault' && form !== 'procedure') return form === 'run' || form === 'expect' || form === 'wait';
  const registry: Record<string, { params: z.ZodType }> = form === 'fault' ? faultRegistry : procedureRegistry;
  const name = wordOf(entry[form]);
  return Object.hasOwn(registry, name) && 'within' in shapeOf(registry[name]!.params);
}

/** An entry's own parameters, without the fields every entry has. */
export function paramsOf(raw: RawEntry, params: z.ZodType): Record<string, unknown> {
  const own = shapeOf(params);
  return Object.fromEntries(
    Object.entries(raw).filter(([key, value]) => Object.hasOwn(own, key) && value !== undefined),
  );
}

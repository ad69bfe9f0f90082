/** What a parameter could be given that nobody can mean: nothing, less than nothing, far too much. Read from its schema. */
import { z } from 'zod';
import { bounds } from '../../core/fields.js';

export interface Field {
  /** "towards", "groups[][]" */
  path: string;
  /** Why nobody knows what of it makes sense; missing where its schema says so. */
  unbounded?: string;
  /** Values that must be refused. */
  absurd: unknown[];
  /** Makes a value of the parameter of one of the field, which may lie deep within. */
  wrap(value: unknown): unknown;
}

/** Beyond any count that a drill can work on. */
const MANY = 10_000_000;
const NUMBERS = [0, -1, 0.5, 1e-9, 1e12, 1e308, Number.MAX_SAFE_INTEGER, Number.NaN, Infinity, -Infinity];
const WRITTEN = ['0', '-0', '-1', '0.0000001', '1e400', 'Infinity', 'NaN', '9'.repeat(30), '9'.repeat(400)];
const NO_TEXT = [0, true, null, {}, '', 'x'.repeat(20_000)];

/** Every field of the parameters, lists and what is in them each for itself. */
export function fieldsOf(params: z.ZodType): Map<string, Field[]> {
  if (!(params instanceof z.ZodObject)) throw new TypeError('parameters are an object');
  return new Map(
    Object.entries(params.shape).map(([name, schema]) => [name, leaves(schema as z.ZodType, name, (value) => value)]),
  );
}

function leaves(schema: z.ZodType, path: string, wrap: Field['wrap']): Field[] {
  const given = bounds.get(schema);
  if (given) return [{ path, wrap, absurd: [...amounts(given.least), ...NO_TEXT] }];
  if (schema instanceof z.ZodPipe) return leaves(schema.in as z.ZodType, path, wrap);
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable
  )
    return leaves(schema.unwrap() as z.ZodType, path, wrap);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => leaves(option as z.ZodType, path, wrap));
  if (schema instanceof z.ZodTuple)
    return schema.def.items.flatMap((item, i) =>
      // The others are what this one is: whether it is refused is asked of this one.
      leaves(item as z.ZodType, `${path}[${i}]`, (value) => wrap(schema.def.items.map(() => value))),
    );
  if (schema instanceof z.ZodArray) return [list(schema, path, wrap), ...elements(schema, path, wrap)];
  if (schema instanceof z.ZodNumber) return [number(schema, path, wrap)];
  if (schema instanceof z.ZodString) return [string(schema, path, wrap)];
  if (schema instanceof z.ZodBoolean || schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral)
    return [{ path, wrap, absurd: ['', 'none of these', 0, null, [], {}] }];
  return [{ path, wrap, absurd: [], unbounded: `nobody knows what makes sense for ${schema.type}` }];
}

/** In the unit that the least is written in. */
const amounts = (least: string): string[] =>
  WRITTEN.map((number) => least.replace(/^[+-]?[\d.]+/, number)).filter(
    // Nothing at all, where the field says that nothing makes sense; less than nothing, where it has a sign.
    (text) => !(/^[+-]?0(?![.\d]*[1-9])/.test(least) && /^-?0[.0-9]*\D/.test(text)) && !least.startsWith('-'),
  );

function number(schema: z.ZodNumber, path: string, wrap: Field['wrap']): Field {
  const [least, most] = [schema.minValue ?? -Infinity, schema.maxValue ?? Infinity];
  const absurd = NUMBERS.filter((n) => !(n >= least && n <= most && (schema.isInt ? Number.isInteger(n) : true)));
  const bounded = least > -MANY && most < MANY;
  return {
    path,
    wrap,
    absurd: [...absurd, '1', null, {}],
    ...(!bounded && { unbounded: `it may be ${least} to ${most}` }),
  };
}

function string(schema: z.ZodString, path: string, wrap: Field['wrap']): Field {
  const bounded = (schema.maxLength ?? Infinity) <= 1000;
  return { path, wrap, absurd: NO_TEXT, ...(!bounded && { unbounded: 'it may be a text of any length' }) };
}

const LONG = 5000;

function list(schema: z.ZodArray, path: string, wrap: Field['wrap']): Field {
  const checks = schema.def.checks ?? [];
  const most = checks
    .map((check) => (check as z.core.$ZodCheckMaxLength)._zod.def)
    .find(({ check }) => check === 'max_length');
  return {
    path,
    wrap,
    absurd: [[], null, {}, Array.from({ length: LONG }, () => 'all')],
    ...(most === undefined && { unbounded: 'it may be a list of any length' }),
  };
}

const elements = (schema: z.ZodArray, path: string, wrap: Field['wrap']): Field[] =>
  leaves(schema.element as z.ZodType, `${path}[]`, (value) => wrap([value]));

/**
 * `matrix:` makes one scenario of every combination of its lists, named after the values. A value is put where it would stand in a
 * file of its own, before anything is checked: each combination is checked as such a file is.
 */
import { z } from 'zod';
import { isMap, wordOf } from './merge.js';
import type { Complaint, Path } from './problems.js';

export const MOST_VARIANTS = 100;
const LONGEST_NAME = 200;

type Data = Record<string, unknown>;

export interface Variant {
  /** Added to the scenario's name; empty where there is no matrix. */
  suffix: string;
  /** The values as written, for a table. */
  label: string;
  data: unknown;
  /** Where what stands at this path was written: in the matrix, if it comes from there. */
  origin(path: Path): Path;
}

/** One list: where its values are put, and where it stands. */
interface Axis {
  target: Path;
  written: Path;
  values: unknown[];
}

/** Secrets are no axes: a name would show them. */
const left = new Set(['password', 'users']);

/** The same shape with a list in the place of each value. */
export function listsOf(field: z.ZodType): z.ZodType {
  const inner = bare(field);
  if (inner instanceof z.ZodObject)
    return z.strictObject(
      Object.fromEntries(
        Object.entries(inner.shape as Record<string, z.ZodType>)
          .filter(([key]) => !left.has(key))
          .map(([key, value]) => [key, listsOf(value).optional()]),
      ),
    );
  if (inner instanceof z.ZodRecord)
    return z
      .record(z.string(), z.array(inner.valueType as z.ZodType).min(1))
      .describe('A list of values for each of them.');
  return z.array(inner).min(1);
}

const bare = (field: z.ZodType): z.ZodType =>
  field instanceof z.ZodOptional || field instanceof z.ZodDefault || field instanceof z.ZodPrefault
    ? bare(field.unwrap() as z.ZodType)
    : field;

/** `usable`: the matrix has the shape it must have. @returns every combination, in the order written, the last list changing fastest; or why there are none. */
export function variantsOf(data: unknown, usable = true): { variants: Variant[]; complaints: Complaint[] } {
  const plain = { variants: [{ suffix: '', label: '', data, origin: (path: Path) => path }], complaints: [] };
  if (!usable || !isMap(data) || !isMap(data.matrix)) return plain;
  const { axes, complaints } = axesOf(data, data.matrix);
  const count = axes.reduce((n, { values }) => n * values.length, 1);
  if (count > MOST_VARIANTS)
    complaints.push({
      path: ['matrix'],
      message: `${count} combinations are more than the ${MOST_VARIANTS} one file may make`,
      atKey: true,
    });
  if (complaints.length > 0) return { ...plain, complaints };
  let variants: Variant[] = plain.variants;
  for (const axis of axes)
    variants = variants.flatMap((variant) => axis.values.map((_, i) => extended(variant, axis, i)));
  return { variants, complaints: nameProblems(variants) };
}

function extended(variant: Variant, { target, written, values }: Axis, i: number): Variant {
  const { suffix, label } = named(target, values[i]);
  return {
    suffix: `${variant.suffix}-${suffix}`,
    label: [variant.label, label].filter(Boolean).join(', '),
    data: put(variant.data, target, values[i]),
    origin: (path) =>
      target.every((part, k) => path[k] === part)
        ? [...written, i, ...path.slice(target.length)]
        : variant.origin(path),
  };
}

function nameProblems(variants: readonly Variant[]): Complaint[] {
  const names = variants.map(({ suffix }) => suffix);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  const long = names.find((name) => name.length > LONGEST_NAME);
  const complain = (message: string): Complaint[] => [{ path: ['matrix'], message, atKey: true }];
  if (twice !== undefined) return complain(`two combinations are both named "${twice.slice(1)}"`);
  return long === undefined
    ? []
    : complain(`the name of a combination has ${long.length} characters: vary shorter values`);
}

/** `workload`, `timeline` and `recovery` are named as in the file; what else stands in a matrix is of the topology. */
function axesOf(data: Data, matrix: Data): { axes: Axis[]; complaints: Complaint[] } {
  const axes: Axis[] = [];
  const complaints: Complaint[] = [];
  const collect = (value: unknown, target: Path, written: Path): void => {
    if (Array.isArray(value)) {
      if (value.length > 0) axes.push({ target, written, values: value });
    } else if (isMap(value))
      for (const [key, item] of Object.entries(value)) collect(item, [...target, key], [...written, key]);
  };
  for (const [key, value] of Object.entries(matrix)) {
    if (key !== 'timeline' && key !== 'recovery') {
      collect(value, key === 'workload' ? [key] : ['topology', key], ['matrix', key]);
      continue;
    }
    for (const [id, fields] of Object.entries(isMap(value) ? value : {})) {
      const target = entryNamed(id, data[key], [key]);
      if (target) collect(fields, target, ['matrix', key, id]);
      else
        complaints.push({ path: ['matrix', key, id], message: `no entry of "${key}" has the id "${id}"`, atKey: true });
    }
  }
  return { axes, complaints };
}

/** Where the entry with this id stands, also within steps. */
function entryNamed(id: string, entries: unknown, at: Path): Path | undefined {
  if (!Array.isArray(entries)) return undefined;
  for (const [i, entry] of entries.entries()) {
    if (!isMap(entry)) continue;
    const path = [...at, i];
    if (entry.id === id) return path;
    const inner = entryNamed(id, entry.steps, [...path, 'steps']) ?? entryNamed(id, entry.choose, [...path, 'choose']);
    if (inner) return inner;
  }
  return undefined;
}

/** A copy with this value at the path, in maps that are made where there are none. */
function put(data: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(data)) return data.map((item, i) => (i === key ? put(item, rest, value) : item));
  const map = isMap(data) ? data : {};
  return { ...map, [key]: put(Object.hasOwn(map, key) ? map[key] : undefined, rest, value) };
}

/** Values that say by themselves what they are need no key beside them. */
function named(target: Path, value: unknown): { suffix: string; label: string } {
  const [part, key] = [target[0], String(target.at(-1))];
  const setting = target.includes('config');
  const text = textOf(setting && typeof value === 'boolean' ? (value ? 'yes' : 'no') : value);
  if (part === 'topology' && key === 'image') return { suffix: slug(text), label: text };
  if (part === 'topology' && (key === 'shards' || key === 'replicas'))
    return { suffix: slug(`${text}-${key}`), label: `${text} ${key}` };
  if (part === 'topology' && key === 'persistence') return { suffix: slug(text), label: `persistence ${text}` };
  return { suffix: slug(`${key}-${text}`), label: `${key} ${text}` };
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(' ');
  return isMap(value)
    ? Object.entries(value)
        .map(([key, item]) => (key === 'names' ? textOf(item) : `${key} ${textOf(item)}`))
        .join(' ')
    : wordOf(value);
}

export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');

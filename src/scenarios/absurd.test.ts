import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { duration, size } from '../core/fields.js';
import { describeFaults } from './describe-registry.js';
import { faultRegistry, procedureRegistry } from './registries.js';
import { fieldsOf } from './testing/absurd.js';

const registered = [
  ...Object.entries(faultRegistry).map(
    ([name, { params, example }]) => ['fault', name, params, example.params] as const,
  ),
  ...Object.entries(procedureRegistry).map(([name, { params }]) => ['procedure', name, params, undefined] as const),
];

/** What makes the parameters valid where the example of a fault, or nothing, does not. */
const needed: Record<string, Record<string, unknown>> = { upgrade: { image: 'redis:8.0' } };

describe.each(registered)('%s %s', (_kind, name, params, example) => {
  const valid = { ...needed[name], ...example };

  it('says of every parameter what makes sense', () => {
    const unbounded = [...fieldsOf(params).values()].flat().filter((field) => field.unbounded !== undefined);
    expect(unbounded.map(({ path, unbounded }) => `${path}: ${unbounded}`)).toEqual([]);
  });

  it('refuses nothing, less than nothing and far too much for every parameter', () => {
    expect(params.safeParse(valid).error).toBeUndefined();
    const taken: string[] = [];
    for (const [param, fields] of fieldsOf(params)) {
      // What one way to write it refuses another may take: only what all refuse is absurd.
      for (const value of common(fields)) {
        const { success } = params.safeParse({ ...valid, [param]: value });
        if (success) taken.push(`${param}: ${show(value)}`);
      }
    }
    expect(taken).toEqual([]);
  });
});

describe('the test above', () => {
  it.each([
    ['a duration', duration('how long')],
    ['an optional size with a default', size('how much').prefault('1mb').optional()],
    ['a number', z.number().min(0)],
    ['a whole number', z.int().min(1)],
    ['a text', z.string().min(1)],
    ['a list', z.array(z.enum(['a'])).min(1)],
    ['what a list holds', z.array(duration('how long')).min(1).max(3)],
    ['anything', z.unknown()],
    ['a record', z.record(z.string(), z.string())],
  ])('finds %s without bounds in a new fault', (_, field) => {
    const found = [...fieldsOf(z.strictObject({ field })).values()].flat();
    expect(found.some(({ unbounded }) => unbounded !== undefined)).toBe(true);
  });

  it.each([
    ['a duration', duration('how long', { least: '1ms', most: '1h' })],
    ['a count', z.int().min(1).max(100).default(3)],
    ['a choice', z.enum(['a', 'b']).optional()],
  ])('is content with %s that has bounds', (_, field) => {
    const found = [...fieldsOf(z.strictObject({ field })).values()].flat();
    expect(found.filter(({ unbounded }) => unbounded !== undefined)).toEqual([]);
    expect(found.every(({ absurd }) => absurd.length > 0)).toBe(true);
  });
});

it('every fault with parameters is among those that are asked', () => {
  expect(registered.filter(([kind]) => kind === 'fault')).toHaveLength(describeFaults().length);
});

const key = (value: unknown): string =>
  typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'undefined');

function common(fields: ReturnType<typeof fieldsOf> extends Map<string, infer F> ? F : never): unknown[] {
  const wrapped = fields.map(({ absurd, wrap }) => absurd.map(wrap));
  const takers = (value: unknown): boolean =>
    wrapped.every((values) => values.some((other) => key(other) === key(value)));
  return fields.length === 1
    ? wrapped[0]!
    : wrapped.flat().filter((value, i, all) => i === all.indexOf(value) && takers(value));
}

const show = (value: unknown): string => key(value).slice(0, 60);

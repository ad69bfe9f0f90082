/** The least that each parameter of a fault may be: what is proven by a threshold that scales with it is proven easiest there. */
import { z } from 'zod';
import { bounds } from '../../core/fields.js';

export function least(params: z.ZodType): Record<string, unknown> {
  if (!(params instanceof z.ZodObject)) throw new TypeError('parameters are an object');
  return Object.fromEntries(
    Object.entries(params.shape).flatMap(([name, field]) => {
      const value = of(field as z.ZodType);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function of(field: z.ZodType): unknown {
  const given = bounds.get(field);
  // One with a sign is least in the middle, which is what it is without being named.
  if (given) return given.least.startsWith('-') ? undefined : given.least;
  if (field instanceof z.ZodDefault || field instanceof z.ZodPrefault) return of(field.unwrap() as z.ZodType);
  // Without it something else is done.
  if (field instanceof z.ZodOptional) return undefined;
  if (field instanceof z.ZodNumber) return field.minValue ?? undefined;
  return undefined;
}

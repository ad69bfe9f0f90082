/** What an objective returned, looked at before it is believed: one of a user's own may return anything. */
import { z } from 'zod';
import type { Objective } from './types.js';

// Also what is not finite: that is told in its own words.
const number = z.custom<number>((value) => typeof value === 'number');
const shape = z.union([
  z.object({
    value: number,
    atMost: number.nullish(),
    note: z.string().optional(),
    uncertainty: z.number().optional(),
  }),
  z.object({ value: z.literal('never'), note: z.string().optional() }),
  z.object({ value: z.null(), why: z.string() }),
]);

/** Sums of shares are as exact as floating point is. */
const ROUNDED = 1e-9;

/** Why it can't be used, or undefined. */
export function unusable(returned: unknown, name: string, { unit }: Objective): string | undefined {
  const { data, success } = shape.safeParse(returned);
  if (!success) return `objective ${name} returned ${shown(returned)}, which is no measurement`;
  if (typeof data.value !== 'number') return undefined;
  if (!Number.isFinite(data.value)) return 'the measurement gave no number';
  const bounds = [data.value, ...('atMost' in data && typeof data.atMost === 'number' ? [data.atMost] : [])];
  const wrong = bounds.find((value) => !fits(value, unit));
  return wrong === undefined
    ? undefined
    : `objective ${name} returned ${`${wrong}`.replace('-', '−')}, which is no ${called[unit]}`;
}

const called = { count: 'count', percent: 'share', boolean: 'yes (1) or no (0)', duration: 'duration' } as const;

function fits(value: number, unit: Objective['unit']): boolean {
  if (unit === 'count') return Number.isInteger(value) && value >= 0;
  if (unit === 'percent') return value >= -ROUNDED && value <= 1 + ROUNDED;
  return unit !== 'boolean' || value === 0 || value === 1;
}

/** { value: "5" } of any value, shortly. */
function shown(returned: unknown): string {
  if (returned instanceof Promise) {
    // Nobody waits for it: that it fails must not end the process.
    returned.catch(() => undefined);
    return 'a promise';
  }
  const text = typeof returned === 'object' && returned !== null ? JSON.stringify(returned) : String(returned);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

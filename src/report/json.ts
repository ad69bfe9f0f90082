/** result.json and events.ndjson: what programs read. */
import type { ReportInput, Result } from './types.js';

/** Keys stay in the order of the type, so that two results can be compared line by line. */
export const renderJson = (result: Result): string => `${JSON.stringify(result, finite, 2)}\n`;

/** JSON has no Infinity: a number that isn't one would silently become null and break the schema. */
const finite = (key: string, value: unknown): unknown => {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`result.json: ${key} is ${value}`);
  return value;
};

/** One event a line, with its wall clock; times count from the timeline's zero, as in result.json. */
export const renderEvents = ({ result }: ReportInput): string => {
  const zero = Date.parse(result.clock.zeroAt);
  return result.events.map((e) => `${JSON.stringify({ ...e, at: new Date(zero + e.t).toISOString() })}\n`).join('');
};

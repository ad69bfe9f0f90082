/** Fields for values with a unit, as scenario files, faults and procedures declare them. */
import { z } from 'zod';
import { messageOf } from './errors.js';
import { parseBandwidth, parseDuration, parsePercent, parseRate, parseSize } from './units.js';

interface Hints {
  description: string;
  examples: string[];
  /** For editors only: what is wrong is said by `parse`, in better words. */
  pattern?: string;
}

/** The least and the greatest value that make sense, as people write them. What lies outside is refused. */
export interface Bounds {
  least: string;
  most: string;
}

/** The bounds of each field that has some: a test asks every parameter of every fault and procedure for its own. */
export const bounds = z.registry<Bounds>();

function within<T extends number>(parse: (text: string) => T, { least, most }: Bounds): (text: string) => T {
  const [low, high] = [parse(least), parse(most)];
  return (written) => {
    const value = parse(written);
    // Not "less than": NaN is neither.
    if (!(value >= low && value <= high)) throw new Error(`"${written}" is out of range: write ${least} to ${most}`);
    return value;
  };
}

function amount<T extends number>(parse: (text: string) => T, hints: Hints, given?: Bounds): z.ZodType<T, string> {
  if (!given) return text(parse, hints);
  const description = `${hints.description} (${given.least} to ${given.most})`;
  return text(within(parse, given), { ...hints, description }).register(bounds, given);
}

/** A text that `parse` turns into a value or refuses with its own words. A bare number is given to `parse` too: it knows why that is wrong. */
export function text<T>(parse: (text: string) => T, hints: Hints): z.ZodType<T, string> {
  const refusal = (input: string): string | undefined => {
    try {
      parse(input);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };
  return (
    z
      .string({ error: (issue) => (typeof issue.input === 'number' ? refusal(String(issue.input)) : undefined) })
      // On the text and not on the result: hints describe what is written.
      .meta({ ...hints })
      .transform((input, ctx) => {
        const message = refusal(input);
        if (message === undefined) return parse(input);
        ctx.addIssue({ code: 'custom', message });
        return z.NEVER;
      })
  );
}

const NUMBER = String.raw`\d+(\.\d+)?`;

/** A text of one line, as it may stand in a report, a command line or the name of something. */
export const line = (longest: number): z.ZodString =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^[^\r\n\t]*$/, 'one line is expected');

/** The same field with a least value, in words of its own. */
export const least = (field: z.ZodType<number, string>, min: number, message: string): z.ZodType<number, string> =>
  field.refine((value) => value >= min, message);

/** @returns a field in ms. */
export const duration = (description: string, given?: Bounds): z.ZodType<number, string> =>
  amount(
    parseDuration,
    { description, examples: ['500ms', '5s', '1m30s'], pattern: `^(${NUMBER}(us|ms|s|m|h))+$` },
    given,
  );

/** How far a clock can be set, in ms. */
const CENTURY = 100 * 365 * 24 * 3_600_000;

/** @returns a field in ms, with a sign. */
export const offset = (description: string, given?: Bounds): z.ZodType<number, string> =>
  amount(
    (written) => (written.startsWith('-') ? -1 : 1) * parseDuration(written.replace(/^[+-]/, ''), CENTURY),
    { description, examples: ['+1h', '-30s'], pattern: `^[+-]?(${NUMBER}(us|ms|s|m|h))+$` },
    given,
  );

/** @returns a field in bytes. */
export const size = (description: string, given?: Bounds): z.ZodType<number, string> =>
  amount(parseSize, { description, examples: ['64mb', '1gb'], pattern: `^${NUMBER}([bB]|[kKmMgG][bB])$` }, given);

/** @returns a field in operations per second. */
export const rate = (description: string, given?: Bounds): z.ZodType<number, string> =>
  amount(parseRate, { description, examples: ['500/s'], pattern: `^${NUMBER}/(s|m|h)$` }, given);

/** @returns a field in bytes per second. */
export const bandwidth = (description: string, given?: Bounds): z.ZodType<number, string> =>
  amount(
    parseBandwidth,
    {
      description,
      examples: ['512kb/s', '10mbit/s'],
      pattern: `^${NUMBER}([kKmMgG]?[bB]|[kKmMgG]bit)/s$`,
    },
    given,
  );

/** @returns a field as a share, 0 to 1. */
export const percent = (description: string, given?: Bounds): z.ZodType<number, string> =>
  amount(parsePercent, { description, examples: ['50%'], pattern: `^${NUMBER}%$` }, given);

export const count = (min: number, max: number): z.ZodNumber => z.int().min(min).max(max);

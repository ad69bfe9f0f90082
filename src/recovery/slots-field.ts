/** Which slots a procedure works on: a number of them, or these. */
import { z } from 'zod';
import { rangesInWords, rangesOf } from '../core/ranges.js';
import { SLOTS, slotsIn } from '../deployment/slots.js';

const slot = z
  .int()
  .min(0)
  .max(SLOTS - 1);

const range = z
  .string()
  .max(11)
  .superRefine((text, issue) => {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
    if (first === undefined || Number(last ?? first) >= SLOTS || Number(last ?? first) < Number(first))
      issue.addIssue({
        code: 'custom',
        message: `"${text}" is no range of slots, such as "100-199" (0 to ${SLOTS - 1})`,
      });
  });

export const slotsField = z.union([
  z.int().min(1).max(SLOTS),
  range,
  z
    .array(z.union([slot, range]))
    .min(1)
    .max(SLOTS),
]);
type SlotsWritten = z.infer<typeof slotsField>;

/** @returns those that are written out, in order, each once; undefined where only their number is. */
export function namedSlots(written: SlotsWritten): number[] | undefined {
  if (typeof written === 'number') return undefined;
  const slots = slotsIn(
    [written].flat().map((one) => {
      const [first, last = first] = String(one).split('-').map(Number) as [number, number?];
      return [first, last];
    }),
  );
  return [...new Set(slots)].sort((a, b) => a - b);
}

export const slotsInWords = (slots: readonly number[]): string => rangesInWords(rangesOf(slots));

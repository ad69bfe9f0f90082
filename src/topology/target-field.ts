import { z } from 'zod';
import { parseTarget } from './targets.js';

/** Characters of target words, and how many of them make a list: nobody means more. */
export const LONGEST = 1000;
export const MANY = 1000;

/** Target words as a parameter: checked when the file is loaded, unless a value stands in it that a step has yet to save. */
export const targetWords = z
  .string()
  .max(LONGEST)
  .superRefine((text, issue) => {
    if (text.includes('${')) return;
    try {
      parseTarget(text);
    } catch (error) {
      issue.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });

/** One or a list of them. */
export const targetField = z.union([targetWords, z.array(targetWords).min(1).max(MANY)]);

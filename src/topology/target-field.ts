import { z } from 'zod';
import { parseTarget } from './targets.js';

/** Target words as a parameter: checked when the file is loaded, unless a value stands in it that a step has yet to save. */
export const targetWords = z.string().superRefine((text, issue) => {
  if (text.includes('${')) return;
  try {
    parseTarget(text);
  } catch (error) {
    issue.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

/** One or a list of them. */
export const targetField = z.union([targetWords, z.array(targetWords).min(1)]);

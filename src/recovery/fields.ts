import { z } from 'zod';
import { parseTarget } from '../topology/targets.js';

const word = z.string().superRefine((text, issue) => {
  try {
    parseTarget(text);
  } catch (error) {
    issue.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

/** Target words of a procedure, one or a list. */
export const targetField = z.union([word, z.array(word).min(1)]);

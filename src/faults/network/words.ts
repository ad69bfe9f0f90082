/** Parameters that name nodes as targets do. */
import { z } from 'zod';
import { parseTarget } from '../../topology/targets.js';

export const words = z.string().superRefine((text, issue) => {
  try {
    parseTarget(text);
  } catch (error) {
    issue.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

export const oneOrMore = z.union([words, z.array(words).min(1)]);

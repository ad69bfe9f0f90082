import { z } from 'zod';
import { defineProcedure } from './types.js';

export const none = defineProcedure({
  summary: 'do nothing: the servers have to recover by themselves',
  params: z.strictObject({}),
  steps: async () => undefined,
  verify: async () => undefined,
});

import { z } from 'zod';
import { defineProcedure } from './types.js';

export const none = defineProcedure({
  summary: 'do nothing: the servers have to recover by themselves',
  params: z.strictObject({}),
  idle: true,
  steps: async () => undefined,
  verify: async () => undefined,
});

/** Parameters that several procedures have. */
import { z } from 'zod';
import { duration } from '../core/fields.js';

export { targetField } from '../topology/target-field.js';

/** How long a procedure waits for something: a wait of nothing fails before anybody could have done anything. */
export const timeoutField = (description: string) => duration(description, { least: '100ms', most: '1h' });

/** Whether there is such a shard is for `refuses` to say. */
export const shardField = z.int().min(1).max(1000);

/** Hash slots: torn between two nodes, owned by nobody or by two, holding keys that belong elsewhere. */
import { abortMigration } from './abort-migration.js';

export const slots = { 'abort-migration': abortMigration };

/** Hash slots: torn between two nodes, owned by nobody or by two, holding keys that belong elsewhere. */
import { abortAtomicMigration } from './abort-atomic-migration.js';
import { abortMigration } from './abort-migration.js';
import { conflictSlot } from './conflict-slot.js';
import { meetStrangers } from './meet-strangers.js';
import { strayKeys } from './stray-keys.js';
import { unownSlot } from './unown-slot.js';

export const slots = {
  'abort-migration': abortMigration,
  'abort-atomic-migration': abortAtomicMigration,
  'unown-slot': unownSlot,
  'conflict-slot': conflictSlot,
  'stray-keys': strayKeys,
  'meet-strangers': meetStrangers,
};

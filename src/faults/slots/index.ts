/** Hash slots: torn between two nodes, owned by nobody or by two, holding keys that belong elsewhere. */
import { abortMigration } from './abort-migration.js';
import { conflictSlot } from './conflict-slot.js';
import { strayKeys } from './stray-keys.js';
import { unownSlot } from './unown-slot.js';

export const slots = {
  'abort-migration': abortMigration,
  'unown-slot': unownSlot,
  'conflict-slot': conflictSlot,
  'stray-keys': strayKeys,
};

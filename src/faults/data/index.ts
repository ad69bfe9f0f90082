/** What servers store: files on disk, keys, copies that should be equal. */
import { deleteKeys } from './delete-keys.js';
import { flushall } from './flushall.js';
import { overwriteKeys } from './overwrite-keys.js';

export const data = { flushall, 'delete-keys': deleteKeys, 'overwrite-keys': overwriteKeys };

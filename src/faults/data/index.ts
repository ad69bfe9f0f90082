/** What servers store: files on disk, keys, copies that should be equal. */
import { corruptAof } from './corrupt-aof.js';
import { corruptRdb } from './corrupt-rdb.js';
import { deleteKeys } from './delete-keys.js';
import { divergeReplica } from './diverge-replica.js';
import { failBgsave } from './fail-bgsave.js';
import { fillDisk } from './fill-disk.js';
import { flushall } from './flushall.js';
import { loseAofManifest } from './lose-aof-manifest.js';
import { overwriteKeys } from './overwrite-keys.js';
import { truncateAof } from './truncate-aof.js';

export const data = {
  'corrupt-rdb': corruptRdb,
  'truncate-aof': truncateAof,
  'corrupt-aof': corruptAof,
  'lose-aof-manifest': loseAofManifest,
  'fill-disk': fillDisk,
  'fail-bgsave': failBgsave,
  'diverge-replica': divergeReplica,
  flushall,
  'delete-keys': deleteKeys,
  'overwrite-keys': overwriteKeys,
};

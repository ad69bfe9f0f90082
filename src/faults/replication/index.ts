/** The link between a primary and its replicas: broken, slow, or to the wrong node. */
import { breakReplicationAuth } from './break-replication-auth.js';
import { breakReplicationLink } from './break-replication-link.js';
import { chainReplica } from './chain-replica.js';
import { lagReplica } from './lag-replica.js';
import { misdirectReplica } from './misdirect-replica.js';
import { overflowReplicaBuffer } from './overflow-replica-buffer.js';
import { promoteReplica } from './promote-replica.js';
import { resetReplica } from './reset-replica.js';

export const replication = {
  'break-replication-link': breakReplicationLink,
  'break-replication-auth': breakReplicationAuth,
  'overflow-replica-buffer': overflowReplicaBuffer,
  'lag-replica': lagReplica,
  'misdirect-replica': misdirectReplica,
  'reset-replica': resetReplica,
  'promote-replica': promoteReplica,
  'chain-replica': chainReplica,
};

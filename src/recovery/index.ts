/** The one list of procedures; the scenario schema, the CLI and the docs derive from it. */
import { addNode } from './add-node.js';
import { failover } from './failover/index.js';
import { fixDivergence } from './fix-divergence.js';
import { followAddress } from './follow-address/index.js';
import { killSlow } from './kill-slow.js';
import { migrateSlots } from './migrate-slots.js';
import { none } from './none.js';
import { raiseMemory } from './raise-memory.js';
import { rejoinNode } from './rejoin-node.js';
import { repairAof } from './repair-aof.js';
import { repairSlots } from './repair-slots.js';
import { repointReplica } from './repoint-replica.js';
import { resetSentinels } from './reset-sentinels.js';
import { restartNode } from './restart-node.js';
import { resyncNode } from './resync-node.js';
import { rollingRestart } from './rolling-restart.js';
import { rotateCredentials } from './rotate-credentials.js';
import type { AnyProcedure } from './types.js';
import { upgrade } from './upgrade.js';
import { waitForHeal } from './wait-for-heal.js';

export const procedures = {
  none,
  'restart-node': restartNode,
  'rejoin-node': rejoinNode,
  'resync-node': resyncNode,
  'repair-aof': repairAof,
  'fix-divergence': fixDivergence,
  failover,
  'wait-for-heal': waitForHeal,
  'repair-slots': repairSlots,
  'migrate-slots': migrateSlots,
  'raise-memory': raiseMemory,
  'kill-slow': killSlow,
  'rolling-restart': rollingRestart,
  upgrade,
  'add-node': addNode,
  'repoint-replica': repointReplica,
  'follow-address': followAddress,
  'reset-sentinels': resetSentinels,
  'rotate-credentials': rotateCredentials,
} as const satisfies Record<string, AnyProcedure>;
export type ProcedureName = keyof typeof procedures;
export type { AnyProcedure, ManagedContext, Procedure, ProcedureContext } from './types.js';

/**
 * How long servers take to notice and to act by themselves: each number once, with where the servers have it. All in ms.
 * NT is cluster-node-timeout. How long a replica waits before it stands for election stands in election-rules.ts.
 */

/** clusterCron, serverCron and sentinelTimer run ten times a second. */
export const TICK = 100;

/** A sentinel pings this often, or every down-after-milliseconds where that is shorter (SENTINEL_PING_PERIOD). */
const SENTINEL_PING = 1000;
export const sentinelPing = (downAfter: number): number => Math.min(downAfter, SENTINEL_PING);
/** It asks the others this often whether they hold a primary for down, too (SENTINEL_ASK_PERIOD). */
export const SENTINEL_ASK = 1000;
/** It stands up to this much later than it might, so that not all do at once (SENTINEL_MAX_DESYNC). */
export const SENTINEL_DRAW = 1000;
/** After a round without a leader the next one begins (sentinelStartFailoverIfNeeded). */
export const nextRound = (failoverTimeout: number): number => 2 * failoverTimeout;

/** A node is pinged again at the latest when its last pong is NT/2 old, and a link is made anew when a ping has waited as long (clusterCron). */
export const pingedWithin = (nodeTimeout: number): number => nodeTimeout / 2;

/** Voters answer a candidate within this time, or it has lost (auth_timeout in clusterHandleSlaveFailover); */
const votesWithin = (nodeTimeout: number): number => Math.max(2 * nodeTimeout, 2000);
/** then it waits as long again before it stands once more (auth_retry_time). */
export const retryAfter = (nodeTimeout: number): number => 2 * votesWithin(nodeTimeout);

/** A manual failover is given up after this time (CLUSTER_MF_TIMEOUT). */
const MANUAL = 5000;
/** CLUSTER FAILOVER has come to something, or never will, and may be asked for again. */
export const manualWithin = (nodeTimeout: number): number => Math.max(MANUAL, 2 * nodeTimeout) + 1000;

/** When the servers must have noticed what happened at `at`, and what it leads to has begun: PFAIL by 1.5 NT, gossip NT/2 more. */
export const noticedBy = (at: number, nodeTimeout: number): number => at + 2 * nodeTimeout + 1000;

/**
 * Outside a cluster nobody says in time that a link is broken. Sentinels ping every second; so do primaries here (repl-ping-replica-period),
 * and replicas acknowledge as often: where nothing came for three of them, there is no link.
 */
export const SILENT_LINK = 3000;
/** After this time no node holds a link for up over which nothing comes: of a cluster by its time-out, elsewhere by the pings. */
export const linkGoneWithin = (nodeTimeout: number): number => Math.max(2 * nodeTimeout + 2000, 2 * SILENT_LINK);

/** From the role change to the first write: the cluster state must turn ok. Largest seen in measurements. */
export const OPENING = 300;
/** Replicas connect to a new primary, and are counted, once a second (replicationCron). */
export const REPLICATION_CRON = 1000;

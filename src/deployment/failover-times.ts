/**
 * How long each phase of a fail-over may take by the server's own rules (cluster.c, later cluster_legacy.c). All in ms.
 *
 *   silence ──NT … 1.5 NT──▶ PFAIL ──votes by gossip──▶ FAIL ──delay + draw + rank──▶ election ──▶ promoted ──▶ served
 *
 * NT is cluster-node-timeout. A node is pinged at the latest NT/2 after its last pong and becomes PFAIL when the ping is
 * older than NT. FAIL needs the PFAIL of more than half of the primaries, all of which have it by 1.5 NT, and gossip
 * carries it within NT/2. Then a replica waits a fixed delay, a random draw of the same length and a step for its rank.
 *
 * With sentinels (sentinel.c): silence ──D ± 1 s──▶ SDOWN ──asked every second──▶ ODOWN ──draw below 1 s──▶ leader
 * elected ──▶ replica promoted ──▶ served. D is down-after-milliseconds.
 */

import { formatDuration } from '../core/units.js';
import { electionRule } from './election-rules.js';
import {
  nextRound,
  OPENING,
  REPLICATION_CRON,
  retryAfter,
  SENTINEL_ASK,
  SENTINEL_DRAW,
  sentinelPing,
  TICK,
} from './timing.js';
import type { Settings } from './types.js';

export interface Range {
  min: number;
  max: number;
  rule: string;
}

export const fitOf = (ms: number, { min, max }: Range, tolerance: number): 'early' | 'late' | 'in range' =>
  ms + tolerance < min ? 'early' : ms - tolerance > max ? 'late' : 'in range';

export interface ServerRules {
  nodeTimeout: number;
  /** The shortest one, where nodes have different ones. */
  leastNodeTimeout?: number | undefined;
  product: string | undefined;
  version: string | undefined;
  /** Who decides, where it is not the primaries of a cluster. */
  sentinels?: { downAfter: number; failoverTimeout: number } | undefined;
  /** min-replicas-to-write, and how many replicas a shard has left when one of them leads. */
  guard?: { wanted: number; left: number } | undefined;
}

/** @param replicas how many the shard has that lost its primary. */
export function guardOf(
  config: Settings,
  replicas: number,
  { probes }: { probes?: string | undefined } = {},
): ServerRules['guard'] {
  // Whoever only reads does not care.
  if (probes === 'read') return undefined;
  const wanted = Number(config['min-replicas-to-write'] ?? config['min-slaves-to-write'] ?? 0);
  return wanted > 0 ? { wanted, left: Math.max(0, replicas - 1) } : undefined;
}

/**
 * The shortest possible recovery by the server's own election, in ms: nobody can be suspected before NT, and no replica
 * starts before its fixed delay. An objective below it can't be met (a manual or forced fail-over is another matter).
 */
export const minimumRecovery = (rules: ServerRules): number =>
  rules.sentinels ? silence(rules.sentinels).min : shortest(rules) + electionRule(rules).delay;

const shortest = ({ nodeTimeout, leastNodeTimeout = nodeTimeout }: ServerRules): number => leastNodeTimeout;

/**
 * When a replica that lost stands again, from when it stood; `wait` is what passes before it draws its delay anew. One that an operator
 * sent with FORCE draws none: it announces less than the rule's.
 */
export function nextElection(rules: ServerRules, rank = 0, announced?: number): Range & { wait: number } {
  const { delay, draw, perRank, text } = electionRule(rules);
  const wait = retryAfter(rules.nodeTimeout);
  return {
    wait,
    min: wait + Math.min(delay, announced ?? delay) - TICK,
    max: wait + delay + draw + rank * perRank + 3 * TICK,
    rule: `max(4 NT, 4 s) after the one that was lost, then ${text}`,
  };
}

/** One time that a replica stood for election. */
export interface Attempt {
  /** The delay that it announced in its log, in ms, and its rank; 0 is the freshest. */
  delay?: number;
  rank?: number;
  /** It lost and stood again at once, because another shard's new primary had taken the epoch (Valkey 8.1). */
  again?: boolean;
}

/** For some time too few were there to agree that the primary had failed. In ms. */
export interface Want {
  /** From the suspicion until there were enough again, and how exactly that is known. */
  waited: number;
  within: number;
  /** The same, from the moment at which the fault took effect. */
  until: number;
}

export interface Election {
  want?: Want | undefined;
  /** Those that were lost before it, and the one that was won. Empty: nothing is known but that it was won. */
  attempts?: readonly Attempt[];
  /** Shards that lose their primary at once. */
  shards?: number;
}

/** A sentinel pings every second, or every D where that is shorter; silence counts from the last answer or the first ping without one. */
const silence = ({ downAfter }: { downAfter: number }): Range => {
  const ping = sentinelPing(downAfter);
  return {
    min: downAfter - ping,
    max: downAfter + ping + TICK,
    rule: `SDOWN: no answer for D = ${downAfter} ms; pinged every ${ping} ms`,
  };
};

function sentinelPhases(
  sentinels: NonNullable<ServerRules['sentinels']>,
  election: Election,
  served: Range | undefined,
): Phases {
  const { attempts = [] } = election;
  const lost = Math.max(0, attempts.length - 1);
  const retries = lost * nextRound(sentinels.failoverTimeout);
  const again =
    lost > 0
      ? `; ${times(lost, 'round')} without a leader, each begun again after twice failover-timeout + up to 1 s`
      : '';
  return {
    suspected: silence(sentinels),
    agreed: whenQuorate(election, {
      min: 0,
      max: SENTINEL_ASK + 2 * TICK,
      rule: 'ODOWN: a quorum of sentinels, each asked every second',
    }),
    elected: {
      min: retries,
      max: SENTINEL_DRAW + 3 * TICK + retries + lost * (SENTINEL_DRAW + 3 * TICK),
      rule: `a draw below 1 s, then one round of votes${again}`,
    },
    promoted: { min: 0, max: 3 * TICK, rule: 'the leader selects a replica and sends REPLICAOF NO ONE, a step a tick' },
    ...(served && { served }),
  };
}

type Phases = Record<'suspected' | 'agreed' | 'elected' | 'promoted', Range> & { served?: Range };

/** What could not begin while nobody had a majority began when somebody had one. */
const whenQuorate = ({ want }: Election, { min, max, rule }: Range): Range =>
  want
    ? {
        min: min + want.waited,
        max: max + want.waited + want.within,
        rule: `${rule}; no majority could agree until ${formatDuration(want.until)} after the fault took effect`,
      }
    : { min, max, rule };

const times = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** What the elections cost that were lost before the one that was won. */
function lostElections(rules: ServerRules, { attempts = [] }: Election): Range {
  const rule = electionRule(rules);
  const range = { min: 0, max: 0 };
  const stood = attempts.slice(0, -1);
  for (const { delay, rank = 0, again } of stood) {
    // Where another shard took the epoch it stands again at once, else when the time for votes has passed twice.
    const wait = again ? 0 : retryAfter(rules.nodeTimeout);
    range.min += wait + (delay ?? rule.delay);
    range.max += wait + (delay ?? rule.delay + rule.draw + rank * rule.perRank) + 3 * TICK;
  }
  const [again, late] = [stood.filter((one) => one.again).length, stood.filter((one) => !one.again).length];
  const told = [
    ...(again > 0 ? [`${times(again, 'election')} lost to another shard and held again at once`] : []),
    ...(late > 0 ? [`${times(late, 'election')} lost, each tried again after max(4 NT, 4 s)`] : []),
  ];
  return { ...range, rule: told.map((text) => `; ${text}`).join('') };
}

/** From agreement to the election that was won. */
function electing(rules: ServerRules, election: Election): Range {
  const { delay, draw, perRank, perShard, text } = electionRule(rules);
  const { attempts = [], shards = 1 } = election;
  const lost = lostElections(rules, election);
  const { delay: announced, rank = 0 } = attempts.at(-1) ?? {};
  const most = announced ?? delay + draw + rank * perRank + (shards - 1) * perShard;
  const told = announced === undefined ? text : `the replica announced ${announced} ms (rank #${rank}) of ${text}`;
  return {
    min: (announced ?? delay) + lost.min,
    max: most + lost.max + 3 * TICK,
    rule: `${told}${lost.rule}`,
  };
}

/**
 * How long a new primary is kept from serving: until its cluster state turns ok, or until as many replicas are in sync with it
 * as min-replicas-to-write asks for. They connect and are counted once a second. undefined: too few are left.
 */
function opening({ sentinels, guard }: ServerRules): Range | undefined {
  const rule = sentinels
    ? 'a promoted replica takes writes at once'
    : 'the new primary opens when its cluster state turns ok';
  if (!guard) return { min: 0, max: OPENING, rule };
  if (guard.left < guard.wanted) return undefined;
  return {
    min: 0,
    max: OPENING + 2 * REPLICATION_CRON + TICK,
    rule: `${rule}, but for min-replicas-to-write ${guard.wanted}: replicas connect and are counted once a second`,
  };
}

/** Why nothing can be said of the time until a new primary serves. */
export const keptFromServing = ({ guard }: ServerRules): string | undefined =>
  guard && guard.left < guard.wanted
    ? `min-replicas-to-write ${guard.wanted} keeps the new primary from serving until a lost node is back: ${guard.left} replicas are left`
    : undefined;

/** Ranges of the single phases, each counted from the phase before it. Without `served` where the settings keep a new primary from it. */
export function predictPhases(rules: ServerRules, election: Election = {}): Phases {
  const served = opening(rules);
  if (rules.sentinels) return sentinelPhases(rules.sentinels, election, served);
  const { nodeTimeout: nt } = rules;
  return {
    suspected: {
      min: shortest(rules),
      max: 1.5 * nt + TICK,
      rule: 'PFAIL: no pong for NT; pinged at the latest NT/2 after the last pong',
    },
    agreed: whenQuorate(election, {
      min: 0,
      max: nt + TICK,
      rule: 'FAIL: more than half of the primaries report PFAIL, carried by gossip within NT/2',
    }),
    elected: electing(rules, election),
    promoted: { min: 0, max: TICK, rule: 'the winner takes the slots in the same step' },
    ...(served && { served }),
  };
}

/**
 * effective to served when the first election wins: min NT + delay, max 2 NT + delay + draw + rank + opening. undefined where
 * the settings keep a new primary from serving.
 */
export function predictRecovery(rules: ServerRules, election: Election = {}): Range | undefined {
  const served = opening(rules);
  if (!served) return undefined;
  const guarded = rules.guard ? `, and until ${times(rules.guard.wanted, 'replica')} in sync` : '';
  if (rules.sentinels) {
    const phases = Object.values(sentinelPhases(rules.sentinels, election, served));
    const sum = (bound: 'min' | 'max'): number => phases.reduce((total, phase) => total + phase[bound], 0);
    return {
      min: sum('min'),
      max: sum('max'),
      rule: `D - 1 s to D + 1 s, agreement, election and promotion, D = ${rules.sentinels.downAfter} ms${guarded}`,
    };
  }
  const { nodeTimeout: nt } = rules;
  const { delay, draw, perRank, perShard, again } = electionRule(rules);
  const { attempts = [], shards = 1 } = election;
  const lost = lostElections(rules, election);
  const rank = attempts.at(-1)?.rank ?? 0;
  const collide =
    shards > 1 && attempts.length < 2
      ? `; ${shards} shards at once stand in each other's way: an election that is lost ${again ? 'is held again at once' : 'adds max(4 NT, 4 s)'}`
      : '';
  return whenQuorate(election, {
    min: shortest(rules) + delay + lost.min,
    max: 2 * nt + delay + draw + rank * perRank + (shards - 1) * perShard + lost.max + served.max,
    rule: `NT + ${Math.round(delay)} ms to 2 NT + ${Math.round(delay + draw)} ms${rank > 0 ? ` + rank ${rank}` : ''} + opening, NT = ${shortest(rules) < nt ? `${shortest(rules)} to ` : ''}${nt} ms${lost.rule}${collide}${guarded}`,
  });
}

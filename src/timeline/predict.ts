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
import type { Recording } from '../workload/recording.js';

export interface Range {
  min: number;
  max: number;
  rule: string;
}

export interface ServerRules {
  nodeTimeout: number;
  product: string | undefined;
  version: string | undefined;
  /** Who decides, where it is not the primaries of a cluster. */
  sentinels?: { downAfter: number; failoverTimeout: number } | undefined;
}

/** cluster cron and serverCron run ten times a second. */
const TICK = 100;
/** From the role change to the first write: the cluster state must turn ok. Largest seen in measurements. */
const OPENING = 300;

interface ElectionRule {
  delay: number;
  draw: number;
  perRank: number;
  text: string;
}

const major = (version: string | undefined): [number, number] | undefined => {
  const m = /^(\d+)\.(\d+)/.exec(version ?? '');
  return m ? [Number(m[1]), Number(m[2])] : undefined;
};

/** The wait before an election. Valkey 9.0 scales it with the node timeout, 9.1 lets the best replica go at once. */
function electionRule({ nodeTimeout, product, version }: ServerRules): ElectionRule {
  const v = major(version);
  const classic = { delay: 500, draw: 500, perRank: 1000, text: '500 ms + a draw below 500 ms + 1 s for each rank' };
  if (product === 'redis' && v) return classic;
  if (product === 'valkey' && v && v[0] <= 8) return classic;
  const d = Math.min(nodeTimeout / 30, 500);
  if (product === 'valkey' && v && v[0] === 9 && v[1] === 0)
    return {
      delay: d,
      draw: d,
      perRank: 2 * d,
      text: 'min(NT/30, 500 ms) + a draw as long + twice that for each rank',
    };
  if (product === 'valkey' && v)
    return {
      delay: 0,
      draw: 2 * d,
      perRank: 2 * d,
      text: 'at once for the best replica when all agree, else as Valkey 9.0',
    };
  return { ...classic, delay: 0, draw: 1000, text: 'unknown server: anything up to the longest known delay' };
}

/**
 * The shortest possible recovery by the server's own election, in ms: nobody can be suspected before NT, and no replica
 * starts before its fixed delay. An objective below it can't be met (a manual or forced fail-over is another matter).
 */
export const minimumRecovery = (rules: ServerRules): number =>
  rules.sentinels ? silence(rules.sentinels).min : rules.nodeTimeout + electionRule(rules).delay;

/** An election that was lost or expired is tried again after this time. */
export const retryAfter = (nodeTimeout: number): number => Math.max(4 * nodeTimeout, 4000);

export interface Election {
  /** Rank of the replica that won, 0 is the freshest; from its log. */
  rank?: number;
  /** Delay it announced in its log. */
  delay?: number;
  /** Elections that were started before the one that was won. */
  lost?: number;
}

/** A sentinel pings every second, or every D where that is shorter; silence counts from the last answer or the first ping without one. */
const silence = ({ downAfter }: { downAfter: number }): Range => {
  const ping = Math.min(downAfter, 1000);
  return {
    min: downAfter - ping,
    max: downAfter + ping + TICK,
    rule: `SDOWN: no answer for D = ${downAfter} ms; pinged every ${ping} ms`,
  };
};

function sentinelPhases(
  sentinels: NonNullable<ServerRules['sentinels']>,
  { lost = 0 }: Election,
): ReturnType<typeof predictPhases> {
  const retries = lost * 2 * sentinels.failoverTimeout;
  const again = lost > 0 ? `; ${lost} lost, each tried again after twice failover-timeout` : '';
  return {
    suspected: silence(sentinels),
    agreed: { min: 0, max: 1000 + 2 * TICK, rule: 'ODOWN: a quorum of sentinels, each asked every second' },
    elected: {
      min: retries,
      max: 1000 + 3 * TICK + retries,
      rule: `a draw below 1 s, then one round of votes${again}`,
    },
    promoted: { min: 0, max: 3 * TICK, rule: 'the leader selects a replica and sends REPLICAOF NO ONE, a step a tick' },
    served: { min: 0, max: OPENING, rule: 'a promoted replica takes writes at once' },
  };
}

/** Ranges of the single phases, each counted from the phase before it. */
export function predictPhases(
  rules: ServerRules,
  election: Election = {},
): Record<'suspected' | 'agreed' | 'elected' | 'promoted' | 'served', Range> {
  if (rules.sentinels) return sentinelPhases(rules.sentinels, election);
  const { nodeTimeout: nt } = rules;
  const { delay, draw, perRank, text } = electionRule(rules);
  const { rank = 0, lost = 0 } = election;
  const retries = lost * retryAfter(nt);
  const again = lost > 0 ? `; ${lost} lost, each tried again after max(4 NT, 4 s)` : '';
  const elected =
    election.delay === undefined
      ? { min: delay + retries, max: delay + draw + rank * perRank + 3 * TICK + retries, rule: `${text}${again}` }
      : {
          min: election.delay + retries,
          max: election.delay + 3 * TICK + retries,
          rule: `the replica announced ${election.delay} ms (rank #${rank}) of ${text}${again}`,
        };
  return {
    suspected: {
      min: nt,
      max: 1.5 * nt + TICK,
      rule: 'PFAIL: no pong for NT; pinged at the latest NT/2 after the last pong',
    },
    agreed: {
      min: 0,
      max: nt + TICK,
      rule: 'FAIL: more than half of the primaries report PFAIL, carried by gossip within NT/2',
    },
    elected,
    promoted: { min: 0, max: TICK, rule: 'the winner takes the slots in the same step' },
    served: { min: 0, max: OPENING, rule: 'the new primary opens when its cluster state turns ok' },
  };
}

/** effective to served when the first election wins: min NT + delay, max 2 NT + delay + draw + rank + opening. */
export function predictRecovery(rules: ServerRules, election: Election = {}): Range {
  if (rules.sentinels) {
    const phases = Object.values(sentinelPhases(rules.sentinels, election));
    const sum = (bound: 'min' | 'max'): number => phases.reduce((total, phase) => total + phase[bound], 0);
    return {
      min: sum('min'),
      max: sum('max'),
      rule: `D - 1 s to D + 1 s, agreement, election and promotion, D = ${rules.sentinels.downAfter} ms`,
    };
  }
  const { nodeTimeout: nt } = rules;
  const { delay, draw, perRank } = electionRule(rules);
  const { rank = 0, lost = 0 } = election;
  const retries = lost * retryAfter(nt);
  return {
    min: nt + delay + retries,
    max: 2 * nt + delay + draw + rank * perRank + OPENING + retries,
    rule: `NT + ${delay} ms to 2 NT + ${Math.round(delay + draw)} ms${rank > 0 ? ` + rank ${rank}` : ''} + opening, NT = ${nt} ms${lost > 0 ? `, ${lost} elections lost` : ''}`,
  };
}

export function rulesOf({ topology, environment }: Recording): ServerRules {
  const replicas = topology.nodes.filter(({ role }) => role === 'replica');
  const [electing, ...others] = new Map(
    replicas.map(({ server = environment.server }) => [`${server.product} ${server.version}`, server]),
  ).values();
  // Where replicas of several servers stand for election, the loosest rule holds.
  const { product, version } = others.length > 0 ? {} : (electing ?? environment.server);
  return { nodeTimeout: topology.nodeTimeout, product, version, sentinels: topology.sentinels };
}

/**
 * Who decides in a deployment, how many of them it takes, and what they have decided. This is the one place that does: the living
 * (consensus.ts) and what a recording tells of them (timeline/majority.ts) are both put as ballots first.
 *
 * cluster (cluster.c, in newer servers cluster_legacy.c). A primary with slots votes, nobody else: clusterSendFailoverAuthIfNeeded. It
 * takes more than half of the cluster's `size`, which is the number of primaries with slots (clusterUpdateState), to elect
 * (needed_quorum in clusterHandleSlaveFailover, clusterHandleReplicaFailover) and to hold a node for failed (markNodeAsFailingIfNeeded).
 * Nodes differ on the size for a while. The largest counts: a table goes on listing who is gone, and no more who gave its last slots
 * away. Counter-example to the smallest: an isolated primary would outvote all others. More than `size` may call themselves primary, so
 * two candidates can reach the number at once; then more votes count, and of equals the higher epoch, as clusterUpdateSlotsConfigWith
 * settles two claims to a slot.
 *
 * sentinel (sentinel.c). Sentinels vote, all of them, and a majority of all there are elects (sentinelGetLeader). A primary has failed when
 * one of them says ODOWN: it says so only when `quorum` of them hold it for down (sentinelCheckObjectivelyDown). There is no ODOWN of
 * anybody else; of those it takes that many SDOWN.
 *
 * replication. Nobody decides, and nobody is ever held for failed. It leads who calls itself primary and was promoted last; of those
 * promoted at the same offset, or never, the one with most followers, then the one that has most of the data. Counter-example: node-1 leads, is frozen,
 * an operator promotes node-2, node-1 wakes. Both call themselves primary, both answer. node-2 was promoted, so it leads.
 */
import { type KindTraits, traitsOf } from './kinds.js';
import type { Law, Opinion } from './types.js';

/** What one node says, as far as decisions go. */
export interface Ballot {
  readonly node: string;
  /** It answers, has its data, and nothing is known to keep it from the others. */
  readonly heard: boolean;
  /** It holds itself for a primary with slots. */
  readonly leads: boolean;
  /** How many primaries have slots, by its table. */
  readonly size: number;
  /** Whom it holds for down, and what that weighs (weightOf). */
  readonly against: ReadonlyMap<string, number>;
  /** The epoch in which this node leads, by the table of whoever says it. */
  epochOf(name: string): number;
  /** How far its own data goes. */
  offset(): number;
}

export interface Electorate<B extends Ballot = Ballot> {
  arbiter: KindTraits['arbiter'];
  /** Those who have a vote and can be heard. */
  voters: readonly B[];
  /** How many votes make an owner. */
  toElect: number;
  /** What must weigh against a node for it to have failed. */
  toFail: number;
}

export const majorityOf = (count: number): number => Math.floor(count / 2) + 1;

export function electorateOf<B extends Ballot>(ballots: Iterable<B>, law: Law): Electorate<B> {
  const heard = [...ballots].filter((ballot) => ballot.heard);
  const { arbiter } = traitsOf(law.kind);
  if (arbiter === 'nobody') return { arbiter, voters: heard, toElect: 1, toFail: Number.POSITIVE_INFINITY };
  if (arbiter === 'sentinels') {
    const { names, quorum } = law.sentinels ?? { names: none, quorum: 1 };
    const voters = heard.filter(({ node }) => names.has(node));
    return { arbiter, voters, toElect: majorityOf(names.size), toFail: quorum };
  }
  const needed = majorityOf(heard.reduce((most, { size }) => Math.max(most, size), 0));
  return { arbiter, voters: heard.filter(({ leads }) => leads), toElect: needed, toFail: needed };
}

const none: ReadonlySet<string> = new Set();

/** Are there enough for a decision on who has failed? Nobody is missing where nobody decides. */
export const isQuorate = ({ voters, toFail }: Electorate): boolean =>
  voters.length >= toFail || toFail === Number.POSITIVE_INFINITY;

/**
 * Who leads, given whom each voter holds for the one that does. undefined: nothing is decided, and what was decided before
 * stands. Counter-example: two of three primaries are killed; the third still owns its shard, and serves it until it notices that it
 * is alone.
 */
export function elected<B extends Ballot>(
  { arbiter, voters, toElect }: Electorate<B>,
  voteOf: (voter: B) => string | undefined,
): string | undefined {
  if (voters.length < toElect) return undefined;
  const counts = new Map<string, number>();
  for (const voter of voters) {
    const vote = voteOf(voter);
    if (vote !== undefined) counts.set(vote, (counts.get(vote) ?? 0) + 1);
  }
  if (arbiter === 'nobody') return successor(voters, voteOf, counts);
  const candidates = [...counts].filter(([, count]) => count >= toElect);
  if (candidates.length < 2) return candidates[0]?.[0];
  const epoch = (name: string): number => Math.max(...voters.map((voter) => voter.epochOf(name)));
  return best(candidates, ([a, many], [b, few]) => many - few || epoch(a) - epoch(b) || byName(a, b))?.[0];
}

const successor = <B extends Ballot>(
  voters: readonly B[],
  voteOf: (voter: B) => string | undefined,
  followers: ReadonlyMap<string, number>,
): string | undefined =>
  best(
    voters.filter((voter) => voteOf(voter) === voter.node),
    (a, b) =>
      a.epochOf(a.node) - b.epochOf(b.node) ||
      followers.get(a.node)! - followers.get(b.node)! ||
      a.offset() - b.offset() ||
      byName(a.node, b.node),
  )?.node;

/** The better of two is the one of which `order` says more than 0. */
const best = <T>(items: readonly T[], order: (a: T, b: T) => number): T | undefined =>
  items.reduce<T | undefined>((top, item) => (top === undefined || order(item, top) > 0 ? item : top), undefined);

/** So that it never depends on who was asked first: the lowest name comes out best. */
const byName = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0);

/** What an opinion weighs against whom it is about. */
export function weightOf({ role, health }: Pick<Opinion, 'role' | 'health'>, { sentinels }: Law): number {
  if (health === 'ok') return 0;
  if (!sentinels) return health === 'fail' ? 1 : 0;
  return health === 'fail' ? sentinels.quorum : role === 'primary' ? 0 : 1;
}

export function hasFailed({ voters, toFail }: Electorate, name: string): boolean {
  let against = 0;
  for (const voter of voters) if (voter.node !== name) against += voter.against.get(name) ?? 0;
  return against >= toFail;
}

/** All who have failed. */
export const failedBy = (electorate: Electorate): string[] =>
  [...new Set(electorate.voters.flatMap(({ against }) => [...against.keys()]))].filter((name) =>
    hasFailed(electorate, name),
  );

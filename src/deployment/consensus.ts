/** What the views of all nodes come to: who owns what by the majority, what is wrong, and what is covered. Pure. */
import { formatDuration } from '../core/units.js';
import { LAGGING } from './lag.js';
import { firstShared, SLOTS } from './slots.js';
import { coveredIn, flaggedIn, flagWord, misplacedIn, ownerIn, ownersIn, sizeIn, slotMapIn } from './table-facts.js';
import type { ClusterView, NodeView, ShardInfo, SlotRange } from './types.js';

/**
 * What holds by majority. A view counts when its node is reachable and calls itself a primary with slots; a majority is
 * more than half of all that have slots by the longest of their tables, so an isolated primary that still believes in itself decides
 * nothing: it goes on listing the others. `replicas`: how
 * many each shard has when it is whole.
 */
export function consensus(
  views: ReadonlyMap<string, NodeView>,
  shards: readonly ShardInfo[],
  replicas: readonly number[],
  t: number,
): ClusterView {
  const reachable = answering(views);
  const voters = votersIn(views);
  const quorum = quorumIn(views);
  const owners = new Map<number, string>();
  const votes = voters.map(({ peers }) => ownersIn(peers, shards));
  shards.forEach(({ shard }, i) => {
    const owner = majority(
      votes.map((owners) => owners[i]),
      quorum,
    );
    // One that is no node any more (its id or its address was another) leads nobody.
    if (owner !== undefined && views.has(owner)) owners.set(shard, owner);
  });
  const accusers = new Map<string, number>();
  for (const { peers } of voters)
    for (const [name, health] of flaggedIn(peers))
      if (health === 'fail') accusers.set(name, (accusers.get(name) ?? 0) + 1);
  const failed = new Set([...views.keys()].filter((name) => (accusers.get(name) ?? 0) >= quorum));
  const problems = findProblems(views, reachable, owners, shards, replicas);
  return {
    t,
    nodes: new Map(views),
    owners,
    failed,
    agree: problems.every((p) => p.kind !== 'agreement'),
    problems: problems.map((p) => p.text),
  };
}

const isAnswering = (view: NodeView): boolean => view.reachable && view.role !== 'loading';
const answering = (views: ReadonlyMap<string, NodeView>): NodeView[] => [...views.values()].filter(isAnswering);

const votersIn = (views: ReadonlyMap<string, NodeView>): NodeView[] =>
  answering(views).filter((view) => {
    const self = view.peers.get(view.node);
    return self?.role === 'primary' && self.slots.length > 0;
  });

export const ownerOf = ({ peers }: NodeView, slot: number): string | undefined => ownerIn(peers, slot);

/** Who owns this one slot by the majority. */
export const slotOwner = (slot: number, { nodes }: ClusterView): string | undefined =>
  majority(
    votersIn(nodes).map((view) => ownerOf(view, slot)),
    quorumIn(nodes),
  );

/** Primaries come and go: one gets its first slots, another gives its last ones away, or a whole cluster is taken over. */
const quorumIn = (views: ReadonlyMap<string, NodeView>): number =>
  Math.floor(Math.max(0, ...answering(views).map(({ peers }) => sizeIn(peers))) / 2) + 1;

/** Slots whose owner by the majority answers and claims them itself. */
export function slotsCovered({ nodes }: ClusterView): number {
  const voters = votersIn(nodes);
  const quorum = quorumIn(nodes);
  const votes = new Map<string, Uint16Array>();
  for (const voter of voters)
    for (const [name, { role, slots }] of voter.peers) {
      if (role !== 'primary') continue;
      const counts = votes.get(name) ?? new Uint16Array(SLOTS);
      for (const [first, last] of slots) for (let slot = first; slot <= last; slot++) counts[slot]!++;
      votes.set(name, counts);
    }
  let covered = 0;
  for (const voter of voters)
    for (const [first, last] of voter.peers.get(voter.node)!.slots)
      for (let slot = first; slot <= last; slot++) if (votes.get(voter.node)![slot]! >= quorum) covered++;
  return covered;
}

function majority(votes: (string | undefined)[], quorum: number): string | undefined {
  const counts = new Map<string, number>();
  for (const vote of votes) if (vote !== undefined) counts.set(vote, (counts.get(vote) ?? 0) + 1);
  return [...counts].find(([, n]) => n >= quorum)?.[0];
}

/** The different slot maps that nodes hold. */
export const slotMaps = (views: Iterable<NodeView>): Set<string> =>
  new Set([...views].filter(isAnswering).map(({ peers }) => slotMapIn(peers)));

/** The first slot that two nodes claim themselves, for each pair of them. */
function claimedTwice(reachable: readonly NodeView[]): [number, string[]][] {
  const claims = reachable.flatMap((view) => {
    const self = view.peers.get(view.node);
    return self?.role === 'primary' ? [{ node: view.node, slots: self.slots }] : [];
  });
  if (!overlapping(claims.flatMap(({ slots }) => slots))) return [];
  return claims.flatMap((a, i) =>
    claims.slice(i + 1).flatMap((b): [number, string[]][] => {
      const slot = firstShared(a.slots, b.slots);
      return slot === undefined ? [] : [[slot, [a.node, b.node]]];
    }),
  );
}

function overlapping(ranges: readonly SlotRange[]): boolean {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  return sorted.some(([first], i) => i > 0 && first <= sorted[i - 1]![1]);
}

interface Problem {
  /** An open slot is work that is not finished; nodes may agree about everything meanwhile. */
  kind: 'agreement' | 'redundancy' | 'open slot';
  text: string;
}

function findProblems(
  views: ReadonlyMap<string, NodeView>,
  reachable: NodeView[],
  owners: Map<number, string>,
  shards: readonly ShardInfo[],
  replicas: readonly number[],
): Problem[] {
  const problems: Problem[] = [];
  const say = (kind: Problem['kind'], text: string): void => void problems.push({ kind, text });
  for (const view of views.values())
    if (!view.reachable || view.role === 'loading')
      say('agreement', `${view.node} ${view.role === 'loading' ? 'is loading' : 'does not answer'}`);
  const maps = slotMaps(reachable);
  if (maps.size > 1) say('agreement', `${maps.size} different slot maps among ${reachable.length} nodes`);
  for (const [slot, claimants] of claimedTwice(reachable))
    say('agreement', `${claimants.join(' and ')} both claim slot ${slot}`);
  for (const view of reachable) {
    if (view.state !== 'ok') say('agreement', `${view.node} says cluster_state:${view.state}`);
    const covered = coveredIn(view.peers);
    if (covered !== SLOTS) say('agreement', `${view.node} sees ${covered} of ${SLOTS} slots`);
    for (const [about, health] of flaggedIn(view.peers))
      say('agreement', `${view.node} flags ${about} ${flagWord(health, 'cluster')}`);
    for (const [about, at] of misplacedIn(view.peers))
      say(
        'agreement',
        `${view.node} ${at === '' ? `knows no address of ${about}` : `holds ${about} at ${at}, where it is not`}`,
      );
    // A replica on Valkey 8 shows its primary's open slots, and may close them a moment later.
    const self = view.peers.get(view.node);
    if (self?.role === 'primary' && self.open.length > 0)
      say('open slot', `${view.node} has open slots ${self.open.join(' ')}`);
  }
  for (const { shard } of shards) {
    const owner = owners.get(shard);
    const view = owner === undefined ? undefined : views.get(owner);
    if (!view?.reachable) say('agreement', `shard ${shard} has no reachable primary`);
    else if (view.replicasOnline < replicas[shard - 1]!)
      say('redundancy', `shard ${shard}: ${view.replicasOnline} of ${replicas[shard - 1]} replicas online`);
  }
  for (const view of reachable) {
    const why = outOfSync(view);
    if (why !== undefined) say('redundancy', why);
  }
  return problems;
}

/** What keeps a replica from being one, in words. */
export function outOfSync({ node, role, linkUp, syncing, lag }: NodeView): string | undefined {
  if (role !== 'replica') return undefined;
  if (!linkUp || syncing) return `${node} is not in sync with its primary`;
  return lag > LAGGING ? `${node} trails its primary by ${formatDuration(lag)}` : undefined;
}

/** What the views of all nodes come to: who owns what, who has failed, and what is covered. Pure. By which rule: electorate.ts. */

import { type Ballot, type Electorate, elected, electorateOf, failedBy, isQuorate, weightOf } from './electorate.js';
import { traitsOf } from './kinds.js';
import { problemsIn } from './problems.js';
import { inRanges, SLOTS } from './slots.js';
import { ownerByTable, ownersByTable, tableFacts } from './table-facts.js';
import type { ClusterView, DeploymentKind, Law, NodeView, PeerView, SlotRange, Whole } from './types.js';
import { isAnswering } from './views.js';

/** A node's ballot, with its view at hand. */
interface Told extends Ballot {
  view: NodeView;
}

const nobody: ReadonlyMap<string, number> = new Map();

export function ballotOf(view: NodeView, law: Law): Told {
  const { claims, flagged } = tableFacts(view.peers);
  const self = view.peers.get(view.node);
  return {
    node: view.node,
    view,
    heard: isAnswering(view),
    leads: self !== undefined && self.role === 'primary' && self.slots.length > 0,
    size: claims.size,
    against: flagged.length === 0 ? nobody : against(flagged, law),
    epochOf: (name) => view.peers.get(name)?.epoch ?? 0,
    offset: () => view.offset,
  };
}

const against = (flagged: readonly [string, PeerView][], law: Law): Map<string, number> =>
  new Map(flagged.map(([name, peer]) => [name, weightOf(peer, law)]));

const electorateIn = (views: Iterable<NodeView>, law: Law): Electorate<Told> =>
  electorateOf(
    [...views].map((view) => ballotOf(view, law)),
    law,
  );

export function consensus(views: ReadonlyMap<string, NodeView>, whole: Whole, t: number): ClusterView {
  const electorate = electorateIn(views.values(), whole);
  const owners = new Map<number, string>();
  /** By shard, whoever it is: one that is no node any more (its id or its address was another) leads nobody. */
  const voters = electorate.voters.map((voter) => ({
    ...voter,
    owners: ownersByTable(voter.view.peers, whole.shards),
  }));
  const held = whole.shards.map((_, i) => elected({ ...electorate, voters }, (voter) => voter.owners[i]));
  if (electorate.arbiter === 'nobody') held[0] ??= stillNamed(electorate, whole);
  whole.shards.forEach(({ shard }, i) => {
    const owner = held[i];
    if (owner !== undefined && views.has(owner)) owners.set(shard, owner);
  });
  const problems = problemsIn(views, whole, owners, held[0]);
  return {
    t,
    nodes: new Map(views),
    owners,
    failed: new Set(failedBy(electorate).filter((name) => views.has(name))),
    quorate: isQuorate(electorate),
    agree: problems.every((problem) => problem.kind !== 'agreement'),
    problems: problems.map(({ text }) => text),
  };
}

/** Nobody leads, but its replicas still name the one that did. */
const stillNamed = ({ voters }: Electorate<Told>, { shards }: Whole): string | undefined =>
  voters.map(({ view }) => ownersByTable(view.peers, shards)[0]).find((name) => name !== undefined);

const CLUSTER: Law = { kind: 'cluster' };

/** Who owns this one slot of a cluster by the majority. */
export const slotOwner = (slot: number, { nodes }: Pick<ClusterView, 'nodes'>): string | undefined =>
  elected(electorateIn(nodes.values(), CLUSTER), ({ view }) => ownerByTable(view.peers, slot));

/** Slots whose owner by those who decide answers and claims them itself; each is counted once, whoever else claims it. */
export function slotsCovered({ nodes, owners }: ClusterView, kind: DeploymentKind): number {
  if (!traitsOf(kind).hasSlots) {
    const leader = nodes.get(owners.get(1) ?? '');
    return leader && isAnswering(leader) && ballotOf(leader, { kind }).leads ? SLOTS : 0;
  }
  const electorate = electorateIn(nodes.values(), CLUSTER);
  const claimed = (name: string | undefined, slot: number): boolean =>
    electorate.voters.some(({ node, view }) => node === name && inRanges(slot, view.peers.get(node)!.slots));
  return stretchesIn(electorate.voters.map(({ view }) => view)).reduce((sum, [first, last]) => {
    const owner = elected(electorate, ({ view }) => ownerByTable(view.peers, first));
    return claimed(owner, first) ? sum + last - first + 1 : sum;
  }, 0);
}

/** Stretches in which every slot has the same owner, whomever one asks; what nobody owns before the first and after the last is in none. */
export function stretchesIn(views: Iterable<NodeView>): SlotRange[] {
  const cuts = new Set<number>();
  for (const { peers } of views)
    for (const { first, last } of tableFacts(peers).claims.ranges) cuts.add(first).add(last + 1);
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(1).map((end, i) => [sorted[i]!, end - 1]);
}

/** The different slot maps that nodes hold. */
export const slotMaps = (views: Iterable<NodeView>): Set<string> =>
  new Set([...views].filter(isAnswering).map(({ peers }) => tableFacts(peers).slotMap));

/**
 * Who owned each shard, and who was flagged FAIL, by the opinion of the majority.
 *
 * A majority is more than half of all primaries that have slots by the longest table of those that answer: a table goes on listing
 * who is gone, and no more who gave its last slots away. A node has a vote while it answers the
 * observer, is not cut off by a fault, and holds itself for a primary with slots: after a fail-over that is the promoted
 * node, no longer the dead one. What a majority once decided stands until a majority decides otherwise; losing the
 * majority changes no owner. Counter-example: two of three primaries are killed; the third still owns its shard and
 * serves it until it notices that it is alone.
 *
 * With sentinels it is they who vote, more than half of all there are. Without an arbiter nobody decides: the owner is the
 * node that calls itself primary and was promoted last, of those never promoted the one with most followers
 * (deployment/followers.ts holds the same rule for the living).
 */

import { traitsOf } from '../deployment/kinds.js';
import { watches } from '../deployment/roles.js';
import type { SlotRange } from '../deployment/types.js';
import type { Recording, ViewChange } from '../recording/recording.js';
import { measuringEnd } from './measured.js';
import { type Again, Quorate } from './quorate.js';
import { type Claim, noteClaim, proveByProbes, type Reign, reignsFrom, sever } from './reigns.js';
import { lastAt, Steps } from './steps.js';
import { most, type News, Voter } from './voter.js';

export interface Ownership {
  /** The owner of a shard by the majority; before its first word the primary of the initial layout. */
  owner(shard: number, t: number): string | undefined;
  /** The next change of a shard's owner after t. */
  nextOwner(shard: number, t: number): { t: number; owner: string } | undefined;
  ownerChanges(shard: number): readonly { t: number; value: string | undefined }[];
  failed(node: string, t: number): boolean;
  /** Was it flagged FAIL by the majority at any time after the one and before the other moment? */
  failedBetween(node: string, from: number, to: number): boolean;
  cutOff(node: string, t: number): boolean;
  /** When there were enough again to agree that a node failed: the last time within this stretch. undefined: there were all the time. */
  enoughAgain(from: number, until: number): Again | undefined;
  /** Does the node, by its own opinion, hold itself for the shard's primary? It may have learnt it at any time since the poll before: `since` counts. */
  claims(node: string, shard: number, t: number): boolean;
  /** Whose acknowledgements the shard keeps at this moment (reigns.ts). */
  leader(shard: number, t: number): string | undefined;
  /** Who may serve the probed slot of a shard, in order of time. */
  reigns(shard: number): readonly Reign[];
  /**
   * What an OK to a probe's write is worth. `service`: the shard keeps it. `false`: it is lost, for another node leads or the
   * one that gave it is cut off and will be replaced. `between`: its node was deposed before the answer came, and nobody
   * can say when it was carried out.
   *
   * A node that has been promoted is believed from its first OK on, whenever that was asked for: before, it would have
   * refused. So is one that claims the slot of an owner that is flagged FAIL, also while nobody has confirmed it yet, and one
   * that imports the slot, to which its owner sends clients on.
   */
  worth(node: string, shard: number, sent: number, done: number): 'service' | 'between' | 'false';
}

export function ownershipOf(recording: Recording): Ownership {
  const { nodes, shards } = recording.topology;
  const rules = electorate(recording);
  const initial = (shard: number): string | undefined =>
    nodes.find((n) => n.role === 'primary' && n.shard === shard)?.name;
  const parts = partsOf(recording);
  const owners = parts.map((_, i) => new Steps(initial(shards[i % shards.length]!.shard)));
  const failed = new Map(nodes.map((n) => [n.name, new Steps<boolean>(false)]));
  const claims = new Map(nodes.map((n) => [n.name, parts.map(() => new Steps<boolean>(false))]));
  const imports = new Map(nodes.map((n) => [n.name, parts.map(() => new Steps<boolean>(false))]));
  const said = new Map(nodes.map((n) => [n.name, parts.map((): Claim[] => [])]));
  const voters = new Map(nodes.map((n) => [n.name, new Voter(n.name, parts.length)]));
  const cuts = recording.faults.flatMap((f) =>
    f.effective
      ? f.cutOff.map((node) => ({
          node,
          from: f.effective!.at,
          to: f.healed?.[node] ?? f.healedAt ?? Number.POSITIVE_INFINITY,
        }))
      : [],
  );
  const cutOff = (node: string, t: number): boolean => cuts.some((c) => c.node === node && c.from <= t && t <= c.to);

  // Cutting a node off, and healing it, takes or gives a vote without any view changing.
  const edges = cuts.flatMap((c) => [c.from, c.to]).filter(Number.isFinite);
  const changes = [
    ...recording.views.map((v) => ({ t: v.t, view: v as ViewChange | undefined })),
    ...edges.map((t) => ({ t, view: undefined })),
  ];
  changes.sort((a, b) => a.t - b.t);

  const agreeing = new Quorate();
  let electorateBefore: string | undefined;
  for (const { t, view } of changes) {
    const since = view?.since ?? t;
    let news: News = { parts: [], about: [] };
    if (view) {
      const voter = voters.get(view.node);
      if (!voter) continue;
      news = voter.learn(view, parts);
      parts.forEach((_, i) => {
        const mine = voter.reachable && voter.votes[i] === view.node;
        noteClaim(said.get(view.node)![i]!, view, mine);
        claims.get(view.node)![i]!.push(mine ? since : t, mine);
        imports.get(view.node)![i]!.push(voter.imports[i] ? since : t, voter.imports[i]!);
      });
    }
    const voting = [...voters.values()].filter((v) => v.reachable && rules.mayVote(v) && !cutOff(v.node, t));
    const quorum = rules.quorum([...voters.values()].filter((v) => v.reachable && !cutOff(v.node, t)));
    agreeing.note(voting.length >= (rules.toAgree ?? quorum), since, t);
    if (voting.length < quorum) {
      electorateBefore = undefined;
      continue;
    }
    const accusers = rules.accusers ?? quorum;
    // Of N nodes each speaks of N others, and nearly always says of them what it said before: only what is new is counted again.
    const electorate = `${quorum} of ${voting.map(({ node }) => node).join()}`;
    const same = electorate === electorateBefore;
    electorateBefore = electorate;
    for (const i of same ? news.parts : parts.keys()) {
      const winner = rules.elect(voting, i, quorum);
      if (winner) owners[i]!.push(t, winner);
    }
    for (const name of same ? news.about : failed.keys()) {
      const against = voting.filter((v) => v.node !== name && v.failed.has(name)).length;
      // The flag may be gone since the poll before: an OK in between must not be held against the node.
      failed.get(name)?.push(against >= accusers ? t : since, against >= accusers);
    }
  }

  const index = new Map(shards.map((s, i) => [s.shard, i]));
  /** The probed slot of a shard may have moved without it. */
  const probed = (shard: number): number => parts.length - shards.length + (index.get(shard) ?? Number.NaN);
  const reigns = parts.map((_, i) =>
    reignsFrom(initial(shards[i % shards.length]!.shard), owners[i]!.list, (node) => said.get(node)?.[i] ?? []),
  );
  proveByProbes(recording, new Map(shards.map(({ shard }) => [shard, reigns[probed(shard)]!])));
  for (const list of reigns) sever(recording, list, measuringEnd(recording));
  const owner = (shard: number, t: number): string | undefined => owners[index.get(shard) ?? -1]?.at(t);
  const after = (part: number, t: number): { t: number; owner: string } | undefined => {
    const next = owners[part]?.after(t);
    return next?.value === undefined ? undefined : { t: next.t, owner: next.value };
  };
  const isFailed = (node: string, t: number): boolean => failed.get(node)?.at(t) ?? false;
  return {
    owner,
    nextOwner: (shard, t) => after(index.get(shard) ?? -1, t),
    ownerChanges: (shard) => owners[index.get(shard) ?? -1]?.list ?? [],
    failed: isFailed,
    failedBetween: (node, from, to) =>
      (failed.get(node)?.list ?? []).some(({ t, value }) => value && t > from && t < to),
    cutOff,
    enoughAgain: (from, until) => agreeing.again(from, until),
    claims: (node, shard, t) => claims.get(node)?.[index.get(shard) ?? -1]?.at(t) ?? false,
    leader(shard, t) {
      const list = reigns[index.get(shard) ?? -1] ?? [];
      return list[lastAt(list.length, (i) => list[i]!.by, t)]?.node;
    },
    reigns: (shard) => reigns[probed(shard)] ?? [],
    worth(node, shard, sent, done) {
      const part = probed(shard);
      const list = reigns[part] ?? [];
      let between = false;
      for (const [i, reign] of list.entries()) {
        const end = Math.min(list[i + 1]?.by ?? Number.POSITIVE_INFINITY, reign.severed ?? Number.POSITIVE_INFINITY);
        if (reign.node !== node || done < reign.from || sent > end) continue;
        if (done <= end) return 'service';
        between = true;
      }
      if (imports.get(node)?.[part]?.at(sent) || imports.get(node)?.[part]?.at(done)) return 'service';
      const now = owners[part]?.at(done);
      if (now !== undefined && isFailed(now, done) && claims.get(node)?.[part]?.at(done) && !after(part, done))
        return 'service';
      return between ? 'between' : 'false';
    },
  };
}

/** What is voted on: the shards of the initial layout, then the slot that is probed of each, where the recording names it. */
const partsOf = ({ topology: { shards }, workload: { probeSlots = [] } }: Recording): SlotRange[][] => [
  ...shards.map(({ slots }) => slots),
  ...probeSlots.map((slot): SlotRange[] => [[slot, slot]]),
];
interface Electorate {
  mayVote(voter: Voter): boolean;
  /** How many voters there must be for a decision. */
  quorum(answering: readonly Voter[]): number;
  /** How many of them must hold a node for failed; default: as many. */
  accusers?: number;
  /** How many voters there must be until one can be held for failed; default: as many as for a decision. */
  toAgree?: number;
  elect(voting: readonly Voter[], shard: number, quorum: number): string | undefined;
}

function electorate({ topology }: Recording): Electorate {
  const majority = (n: number): number => Math.floor(n / 2) + 1;
  const { arbiter } = traitsOf(topology.kind);
  if (arbiter === 'nobody')
    return { mayVote: () => true, quorum: () => 1, accusers: Number.POSITIVE_INFINITY, elect: successor };
  const sentinels = new Set(topology.nodes.filter(watches).map((n) => n.name));
  if (arbiter === 'sentinels')
    return {
      mayVote: (v) => sentinels.has(v.node),
      quorum: () => majority(sentinels.size),
      // One ODOWN is what a quorum of sentinels agreed on.
      accusers: 1,
      ...(topology.sentinels && { toAgree: topology.sentinels.quorum }),
      elect,
    };
  return {
    mayVote: (v) => v.isPrimary,
    quorum: (answering) => majority(Math.max(0, ...answering.map(({ size }) => size))),
    elect,
  };
}

/** The claimant that was promoted last; of equals the one with most followers. */
function successor(voting: readonly Voter[], shard: number): string | undefined {
  const claimants = voting.filter((v) => v.votes[shard] === v.node);
  const follow = (node: string): number => voting.filter((v) => v.votes[shard] === node).length;
  return [...claimants].sort((a, b) => b.epoch - a.epoch || follow(b.node) - follow(a.node))[0]?.node;
}

/** The candidate with a quorum of votes; of two (while the news spreads) the one with more. */
function elect(voting: readonly Voter[], shard: number, quorum: number): string | undefined {
  const counts = new Map<string, number>();
  for (const { votes } of voting) {
    const vote = votes[shard];
    if (vote !== undefined) counts.set(vote, (counts.get(vote) ?? 0) + 1);
  }
  const winner = most([...counts], ([, n]) => n);
  return winner && winner[1] >= quorum ? winner[0] : undefined;
}

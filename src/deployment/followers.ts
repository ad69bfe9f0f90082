/**
 * Who leads where there are no slots to own. With sentinels the majority of them says it. Without an arbiter nobody does:
 * then it is the node that calls itself primary and was promoted last; of those never promoted, the one with most followers.
 *
 * Counter-example: node-1 leads, is frozen, an operator promotes node-2, node-1 wakes. Both call themselves primary, both
 * answer. node-2 has been promoted, so it leads and node-1 has to follow.
 */

import { outOfSync } from './consensus.js';
import { traitsOf } from './kinds.js';
import { ALL_SLOTS } from './slots.js';
import { flagWord } from './table-facts.js';
import type { ClusterView, DeploymentKind, NodeView } from './types.js';

/** `quorum`: how many sentinels must hold a node for down. */
interface Followers {
  kind: DeploymentKind;
  replicas: number;
  quorum: number | undefined;
}

export function followers(
  views: ReadonlyMap<string, NodeView>,
  { kind, replicas, quorum }: Followers,
  t: number,
): ClusterView {
  const all = [...views.values()];
  const arbiters = all.filter((view) => isSentinel(view.node));
  const servers = all.filter((view) => !isSentinel(view.node));
  const answering = arbiters.filter((view) => view.reachable);
  const held = traitsOf(kind).arbiter === 'sentinels' ? byMajority(answering, arbiters.length) : bySuccession(servers);
  // Where sentinels watch an address that nobody has any more, nobody leads.
  const owner = held !== undefined && views.has(held) ? held : undefined;
  const failed = new Set(
    [...views.keys()].filter(
      (name) =>
        quorum !== undefined &&
        answering.filter((view) => view.node !== name && (view.peers.get(name)?.health ?? 'ok') !== 'ok').length >=
          quorum,
    ),
  );
  const problems = [
    ...silences(all),
    ...opinions(answering, arbiters.length),
    ...(owner === undefined
      ? [wrong(held === undefined ? 'no majority of sentinels holds a node for the primary' : `${held} should lead`)]
      : []),
    ...leadership(servers, owner),
    ...redundancy(servers, owner, replicas),
  ];
  return {
    t,
    nodes: new Map(views),
    owners: new Map(owner === undefined ? [] : [[1, owner]]),
    failed,
    agree: problems.every((problem) => problem.kind === 'redundancy'),
    problems: problems.map(({ text }) => text),
  };
}

/** By its name, so that one that does not answer is counted too. */
const isSentinel = (name: string): boolean => name.startsWith('sentinel-');

export const leaderIn = (view: NodeView): string | undefined =>
  [...view.peers].find(([, peer]) => peer.role === 'primary' && peer.slots.length > 0)?.[0];

function byMajority(answering: readonly NodeView[], count: number): string | undefined {
  const votes = new Map<string, number>();
  for (const view of answering) {
    const vote = leaderIn(view);
    if (vote !== undefined) votes.set(vote, (votes.get(vote) ?? 0) + 1);
  }
  return [...votes].find(([, n]) => n > count / 2)?.[0];
}

function bySuccession(servers: readonly NodeView[]): string | undefined {
  const claimants = servers.filter((view) => view.reachable && view.role === 'primary');
  const follow = (name: string): number => servers.filter((view) => view.reachable && leaderIn(view) === name).length;
  const [best] = [...claimants].sort(
    (a, b) => b.currentEpoch - a.currentEpoch || follow(b.node) - follow(a.node) || b.offset - a.offset,
  );
  // Nobody leads, but its replicas still name the one that did.
  return best?.node ?? servers.map(leaderIn).find((name) => name !== undefined);
}

interface Problem {
  kind: 'agreement' | 'redundancy';
  text: string;
}
const wrong = (text: string): Problem => ({ kind: 'agreement', text });
const thin = (text: string): Problem => ({ kind: 'redundancy', text });

const silences = (views: readonly NodeView[]): Problem[] =>
  views.flatMap(({ node, reachable, role }) => {
    if (reachable && role !== 'loading') return [];
    return [wrong(`${node} ${role === 'loading' ? 'is loading' : 'does not answer'}`)];
  });

function opinions(answering: readonly NodeView[], count: number): Problem[] {
  const leaders = new Set(answering.map(leaderIn));
  return [
    ...(leaders.size > 1 ? [wrong(`sentinels disagree on the primary: ${[...leaders].join(', ')}`)] : []),
    ...answering.flatMap(({ node, peers, state }) => {
      const known = [...peers.values()].filter((peer) => peer.role === 'sentinel').length;
      const flagged = [...peers].flatMap(([about, { health }]) =>
        health === 'ok' ? [] : [wrong(`${node} flags ${about} ${flagWord(health, 'sentinel')}`)],
      );
      return [
        ...flagged,
        ...(known < count ? [wrong(`${node} knows ${known} of ${count} sentinels`)] : []),
        ...(state === 'fail' ? [wrong(`${node} is in TILT mode`)] : []),
      ];
    }),
  ];
}

function leadership(servers: readonly NodeView[], owner: string | undefined): Problem[] {
  const view = servers.find(({ node }) => node === owner);
  return [
    ...(owner !== undefined && (!view?.reachable || view.role !== 'primary')
      ? [wrong(`${owner} should lead, but is ${view?.reachable ? view.role : 'silent'}`)]
      : []),
    ...servers
      .filter(({ node, reachable, role }) => reachable && role === 'primary' && node !== owner)
      .map(({ node }) => wrong(`${node} calls itself primary beside ${owner ?? 'nobody'}`)),
  ];
}

function redundancy(servers: readonly NodeView[], owner: string | undefined, wanted: number): Problem[] {
  const online = servers.find(({ node }) => node === owner)?.replicasOnline ?? 0;
  return [
    ...(online < wanted ? [thin(`${online} of ${wanted} replicas online`)] : []),
    ...servers
      .filter(({ role }) => role === 'replica')
      .flatMap((view) => {
        const leader = leaderIn(view);
        if (leader !== owner) return [thin(`${view.node} follows ${leader ?? 'nobody'} instead of ${owner}`)];
        const why = outOfSync(view);
        return why === undefined ? [] : [thin(why)];
      }),
  ];
}

/** The one shard of a topology without slots. */
export const ONE_SHARD = [{ shard: 1, slots: [ALL_SLOTS] }];

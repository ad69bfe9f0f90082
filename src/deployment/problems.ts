/** What is wrong with a deployment, in words. */
import { formatDuration } from '../core/units.js';
import { traitsOf } from './kinds.js';
import { LAGGING } from './lag.js';
import { firstShared, isOverlapping, SLOTS } from './slots.js';
import { flagWord, ownersByTable, tableFacts } from './table-facts.js';
import type { NodeView, Whole } from './types.js';
import { isAnswering } from './views.js';

interface Problem {
  /** An open slot is work that is not finished; nodes may agree about everything meanwhile. */
  kind: 'agreement' | 'redundancy' | 'open slot';
  text: string;
}

type Views = ReadonlyMap<string, NodeView>;

const wrong = (text: string): Problem => ({ kind: 'agreement', text });
const thin = (text: string): Problem => ({ kind: 'redundancy', text });

/** @param held whom those who decide hold for the leader of the first shard, whether it is a node or not. */
export const problemsIn = (
  views: Views,
  whole: Whole,
  owners: ReadonlyMap<number, string>,
  held: string | undefined,
): Problem[] => [
  ...silences(views),
  ...(traitsOf(whole.kind).hasSlots
    ? inCluster(views, whole, owners)
    : inReplication(views, whole, owners.get(1), held)),
];

const silences = (views: Views): Problem[] =>
  [...views.values()]
    .filter((view) => !isAnswering(view))
    .map(({ node, role }) => wrong(`${node} ${role === 'loading' ? 'is loading' : 'does not answer'}`));

function inCluster(views: Views, whole: Whole, owners: ReadonlyMap<number, string>): Problem[] {
  const answering = [...views.values()].filter(isAnswering);
  const maps = new Set(answering.map(({ peers }) => tableFacts(peers).slotMap)).size;
  return [
    ...(maps > 1 ? [wrong(`${maps} different slot maps among ${answering.length} nodes`)] : []),
    ...claimedTwice(answering),
    ...answering.flatMap((view) => seenBy(view, whole)),
    ...whole.shards.flatMap(({ shard }) => withoutReplicas(shard, views, whole, owners)),
    ...answering.flatMap((view) => outOfSync(view) ?? []).map(thin),
  ];
}

/** The first slot that two nodes claim themselves, for each pair of them. */
function claimedTwice(answering: readonly NodeView[]): Problem[] {
  const claims = answering.flatMap((view) => {
    const self = view.peers.get(view.node);
    return self?.role === 'primary' ? [{ node: view.node, slots: self.slots }] : [];
  });
  if (!isOverlapping(claims.flatMap(({ slots }) => slots))) return [];
  return claims.flatMap((a, i) =>
    claims.slice(i + 1).flatMap((b) => {
      const slot = firstShared(a.slots, b.slots);
      return slot === undefined ? [] : [wrong(`${a.node} and ${b.node} both claim slot ${slot}`)];
    }),
  );
}

/** What one node of a cluster is not content with. */
function seenBy({ node, peers, state }: NodeView, { kind }: Whole): Problem[] {
  const { covered, flagged, misplaced } = tableFacts(peers);
  const self = peers.get(node);
  return [
    ...(state === 'ok' ? [] : [wrong(`${node} says cluster_state:${state}`)]),
    ...(covered === SLOTS ? [] : [wrong(`${node} sees ${covered} of ${SLOTS} slots`)]),
    ...flagged.map(([about, { health }]) => wrong(`${node} flags ${about} ${flagWord(health, kind)}`)),
    ...misplaced.map(([about, at]) =>
      wrong(`${node} ${at === '' ? `knows no address of ${about}` : `holds ${about} at ${at}, where it is not`}`),
    ),
    // A replica on Valkey 8 shows its primary's open slots, and may close them a moment later.
    ...(self?.role === 'primary' && self.open.length > 0
      ? [{ kind: 'open slot' as const, text: `${node} has open slots ${self.open.join(' ')}` }]
      : []),
  ];
}

function withoutReplicas(
  shard: number,
  views: Views,
  { replicas }: Whole,
  owners: ReadonlyMap<number, string>,
): Problem[] {
  const view = views.get(owners.get(shard) ?? '');
  if (!view?.reachable) return [wrong(`shard ${shard} has no reachable primary`)];
  const wanted = replicas[shard - 1] ?? 0;
  return view.replicasOnline < wanted
    ? [thin(`shard ${shard}: ${view.replicasOnline} of ${wanted} replicas online`)]
    : [];
}

function inReplication(views: Views, whole: Whole, owner: string | undefined, held: string | undefined): Problem[] {
  const names = whole.sentinels?.names ?? new Set();
  const all = [...views.values()];
  const servers = all.filter(({ node }) => !names.has(node));
  const sentinels = all.filter(({ node, reachable }) => names.has(node) && reachable);
  return [
    ...opinions(sentinels, names.size, whole),
    ...(owner === undefined
      ? [wrong(held === undefined ? 'no majority of sentinels holds a node for the primary' : `${held} should lead`)]
      : []),
    ...leadership(servers, owner),
    ...redundancy(servers, owner, whole),
  ];
}

const leaderIn = ({ peers }: NodeView, { shards }: Whole): string | undefined => ownersByTable(peers, shards)[0];

function opinions(sentinels: readonly NodeView[], count: number, whole: Whole): Problem[] {
  const leaders = new Set(sentinels.map((view) => leaderIn(view, whole)));
  return [
    ...(leaders.size > 1 ? [wrong(`sentinels disagree on the primary: ${[...leaders].join(', ')}`)] : []),
    ...sentinels.flatMap(({ node, peers, state }) => {
      const known = [...peers.values()].filter((peer) => peer.role === 'sentinel').length;
      return [
        ...tableFacts(peers).flagged.map(([about, { health }]) =>
          wrong(`${node} flags ${about} ${flagWord(health, whole.kind)}`),
        ),
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

function redundancy(servers: readonly NodeView[], owner: string | undefined, whole: Whole): Problem[] {
  const online = servers.find(({ node }) => node === owner)?.replicasOnline ?? 0;
  const wanted = whole.replicas[0] ?? 0;
  return [
    ...(online < wanted ? [thin(`${online} of ${wanted} replicas online`)] : []),
    ...servers
      .filter(({ role }) => role === 'replica')
      .flatMap((view) => {
        const leader = leaderIn(view, whole);
        if (leader !== owner) return [thin(`${view.node} follows ${leader ?? 'nobody'} instead of ${owner}`)];
        const why = outOfSync(view);
        return why === undefined ? [] : [thin(why)];
      }),
  ];
}

/** What keeps a replica from being one, in words. */
export function outOfSync({ node, role, linkUp, syncing, lag }: NodeView): string | undefined {
  if (role !== 'replica') return undefined;
  if (!linkUp || syncing) return `${node} is not in sync with its primary`;
  return lag > LAGGING ? `${node} trails its primary by ${formatDuration(lag)}` : undefined;
}

/** One look at a node, and what the majority of primaries makes of all looks together. */
import { formatDuration } from '../core/units.js';
import type { ShardInfo, SlotRange } from '../workload/recording.js';
import type { Connection } from './connection.js';
import { formerName, type Identities } from './identities.js';
import { LAGGING } from './lag.js';
import { ASK_JOBS, hasAtomic, isOver, readJobs } from './migration/atomic.js';
import { healthOf, isPrimary, parseInfo, parseNodes } from './nodes-text.js';
import { countShared, countSlots, firstShared, inRanges, SLOTS } from './slots.js';
import type { ClusterView, NodeView, PeerView, RedisNode } from './types.js';

export const unreachable = (node: string, t: number): NodeView => ({
  node,
  t,
  reachable: false,
  role: 'unreachable',
  state: 'unknown',
  currentEpoch: 0,
  offset: 0,
  replid: '',
  linkUp: false,
  syncing: false,
  linkDownFor: 0,
  lag: 0,
  priority: 0,
  replicasOnline: 0,
  runId: '',
  usedMemory: 0,
  evictedKeys: 0,
  peers: new Map(),
});

/** Asks one node for its view: CLUSTER NODES, CLUSTER INFO, INFO and its slot migrations in one pipeline. Never throws: no answer is an answer. */
export async function lookAt(
  node: RedisNode,
  connection: Connection,
  identities: Identities,
  now: () => number,
  timeout = 250,
): Promise<NodeView> {
  const jobsToo = hasAtomic(node.server) ? [ASK_JOBS] : [];
  const asked = await connection.ask([['CLUSTER', 'NODES'], ['CLUSTER', 'INFO'], ['INFO'], ...jobsToo], timeout);
  const t = now();
  if (asked.some((reply) => reply === undefined)) return unreachable(node.name, t);
  const jobs = asked[3];
  const [nodes, cluster, info] = asked.map((reply) => (typeof reply === 'string' ? reply : ''));
  if (nodes === '') return { ...unreachable(node.name, t), reachable: true, role: 'loading' };
  return {
    ...readInfo(parseInfo(info!)),
    ...readCluster(parseInfo(cluster!)),
    node: node.name,
    t,
    reachable: true,
    ...(Array.isArray(jobs) && { handing: readJobs(jobs).flatMap((job) => (isOver(job) ? [] : job.ranges)) }),
    peers: readPeers(nodes!, node.name, identities),
  };
}

export function readInfo(info: Map<string, string>) {
  const number = (key: string): number => Number(info.get(key) ?? 0);
  const primary = info.get('role') === 'master';
  return {
    role: info.get('loading') === '1' ? ('loading' as const) : primary ? ('primary' as const) : ('replica' as const),
    // A replica's slave_repl_offset is its own progress; its master_repl_offset may lag behind it.
    offset: primary ? number('master_repl_offset') : number('slave_repl_offset'),
    replid: info.get('master_replid') ?? '',
    linkUp: info.get('master_link_status') === 'up',
    syncing: info.get('master_sync_in_progress') === '1',
    linkDownFor: number('master_link_down_since_seconds') * 1000,
    lag: 0,
    priority: number('slave_priority'),
    replicasOnline: [...info].filter(([key, value]) => /^slave\d+$/.test(key) && value.includes('state=online')).length,
    runId: info.get('run_id') ?? '',
    usedMemory: number('used_memory'),
    evictedKeys: number('evicted_keys'),
  };
}

function readCluster(info: Map<string, string>) {
  return {
    state: info.get('cluster_state') === 'ok' ? ('ok' as const) : ('fail' as const),
    currentEpoch: Number(info.get('cluster_current_epoch') ?? 0),
  };
}

/** Takes note of the id under which the node speaks, and names every line by who bears its id. */
export function readPeers(text: string, node: string, identities: Identities): Map<string, PeerView> {
  const peers = new Map<string, PeerView>();
  const lines = parseNodes(text);
  const self = lines.find(({ flags }) => flags.has('myself'))?.id;
  if (self !== undefined) identities.learn(node, self);
  // Its own line is the node's whatever id stands there: with a copied nodes.conf it is a peer's.
  const nameOf = (id: string): string => {
    if (id === self) return node;
    const name = identities.nameOf(id);
    return name === node ? formerName(name, id) : name;
  };
  for (const line of lines) {
    const primary = line.primaryId && nameOf(line.primaryId);
    peers.set(nameOf(line.id), {
      role: isPrimary(line.flags) ? 'primary' : 'replica',
      health: healthOf(line.flags),
      ...(primary !== undefined && { primary }),
      epoch: line.epoch,
      slots: line.slots,
      open: line.open,
      linked: line.linked || line.flags.has('myself'),
    });
  }
  return peers;
}

/**
 * What holds by majority. A view counts when its node is reachable and calls itself a primary with slots; a majority is
 * more than half of the initial shards, so an isolated primary that still believes in itself decides nothing. `replicas`: how
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
  const quorum = majorityOf(shards.length);
  const owners = new Map<number, string>();
  for (const { shard, slots } of shards) {
    const owner = majority(
      voters.map((view) => ownerOfMost(view, slots)),
      quorum,
    );
    if (owner !== undefined) owners.set(shard, owner);
  }
  const failed = new Set(
    [...views.keys()].filter(
      (name) => voters.filter((view) => view.peers.get(name)?.health === 'fail').length >= quorum,
    ),
  );
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

export const ownerOf = (view: NodeView, slot: number): string | undefined =>
  [...view.peers].find(([, peer]) => peer.role === 'primary' && inRanges(slot, peer.slots))?.[0];

/** The primary that has most of these slots: one that moved away does not take its shard along. */
function ownerOfMost(view: NodeView, slots: readonly SlotRange[]): string | undefined {
  const first = ownerOf(view, slots[0]![0]);
  const held = first === undefined ? 0 : countShared(view.peers.get(first)!.slots, slots);
  if (2 * held > countSlots(slots)) return first;
  let [best, most]: [string | undefined, number] = [undefined, 0];
  for (const [name, peer] of view.peers) {
    const shared = peer.role === 'primary' ? countShared(peer.slots, slots) : 0;
    if (shared > most) [best, most] = [name, shared];
  }
  return best;
}

/** Who owns this one slot by the majority of as many primaries as there are shards. */
export const slotOwner = (slot: number, { nodes }: ClusterView, shards: number): string | undefined =>
  majority(
    votersIn(nodes).map((view) => ownerOf(view, slot)),
    majorityOf(shards),
  );

const majorityOf = (shards: number): number => Math.floor(shards / 2) + 1;

/** Slots whose owner by the majority answers and claims them itself. */
export function slotsCovered({ nodes }: ClusterView, shards: number): number {
  const voters = votersIn(nodes);
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
      for (let slot = first; slot <= last; slot++) if (votes.get(voter.node)![slot]! >= majorityOf(shards)) covered++;
  return covered;
}

function majority(votes: (string | undefined)[], quorum: number): string | undefined {
  const counts = new Map<string, number>();
  for (const vote of votes) if (vote !== undefined) counts.set(vote, (counts.get(vote) ?? 0) + 1);
  return [...counts].find(([, n]) => n >= quorum)?.[0];
}

const slotMap = (view: NodeView): string =>
  [...view.peers]
    .filter(([, peer]) => peer.role === 'primary')
    .map(([name, peer]) => `${name}@${peer.epoch}=${peer.slots.map((r) => r.join('-')).join(',')}`)
    .sort()
    .join(';');

/** The different slot maps that nodes hold. */
export const slotMaps = (views: Iterable<NodeView>): Set<string> =>
  new Set([...views].filter(isAnswering).map(slotMap));

/** The first slot that two nodes claim themselves, for each pair of them. */
function claimedTwice(reachable: readonly NodeView[]): [number, string[]][] {
  const claims = reachable.flatMap((view) => {
    const self = view.peers.get(view.node);
    return self?.role === 'primary' ? [{ node: view.node, slots: self.slots }] : [];
  });
  return claims.flatMap((a, i) =>
    claims.slice(i + 1).flatMap((b): [number, string[]][] => {
      const slot = firstShared(a.slots, b.slots);
      return slot === undefined ? [] : [[slot, [a.node, b.node]]];
    }),
  );
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
    const covered = [...view.peers.values()]
      .filter((p) => p.role === 'primary')
      .reduce((sum, p) => sum + countSlots(p.slots), 0);
    if (covered !== SLOTS) say('agreement', `${view.node} sees ${covered} of ${SLOTS} slots`);
    for (const [about, peer] of view.peers) {
      if (peer.health !== 'ok')
        say('agreement', `${view.node} flags ${about} ${peer.health === 'fail' ? 'FAIL' : 'PFAIL'}`);
      // A replica on Valkey 8 shows its primary's open slots, and may close them a moment later.
      if (peer.open.length > 0 && about === view.node && peer.role === 'primary')
        say('open slot', `${view.node} has open slots ${peer.open.join(' ')}`);
    }
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

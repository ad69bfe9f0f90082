/** What keeps nodes from being one sound deployment, node by node. */

import { traitsOf } from '../../deployment/kinds.js';
import { countSlots } from '../../deployment/slots.js';
import { flagWord } from '../../deployment/table-facts.js';
import type { ClusterView, DeploymentKind, NodeView } from '../../deployment/types.js';

/** What only a question of its own tells: CLUSTER MYSHARDID (servers from 7.2 on), and INFO's count of changes since the last save. */
export interface Asked {
  shardId?: string;
  unsaved?: number;
}

/** Node → why it does not agree; nodes that do are not in it. */
export function disagreements(
  { nodes }: ClusterView,
  kind: DeploymentKind,
  asked: ReadonlyMap<string, Asked> = new Map(),
): Map<string, string> {
  const map = mapHeldByMost([...nodes.values()], kind);
  const why = new Map<string, string>();
  for (const node of nodes.values()) {
    const reason = whyNot(node, nodes, kind, map, asked);
    if (reason !== undefined) why.set(node.node, reason);
  }
  return why;
}

function whyNot(
  node: NodeView,
  nodes: ReadonlyMap<string, NodeView>,
  kind: DeploymentKind,
  map: string | undefined,
  asked: ReadonlyMap<string, Asked>,
): string | undefined {
  if (!node.reachable) return 'does not answer';
  if (node.role === 'loading') return 'is loading';
  if (node.state !== 'ok') return traitsOf(kind).unwell(node.state);
  const self = node.peers.get(node.node);
  // A replica on Valkey 8 and newer shows its primary's open slots.
  if (self?.role === 'primary' && self.open.length > 0) return `has open slots ${self.open.join(' ')}`;
  if (map === undefined) return 'holds a view that no majority shares';
  if (mapOf(node, kind) !== map) return 'holds another view of who leads than most nodes';
  const flagged = [...node.peers].find(([, { health }]) => health !== 'ok');
  if (flagged) return `holds ${flagged[0]} for ${flagWord(flagged[1].health, kind)}`;
  if (traitsOf(kind).hasSlots) {
    const why = inCluster(node, nodes, asked);
    if (why !== undefined) return why;
  }
  const { unsaved = 0 } = asked.get(node.node) ?? {};
  return unsaved < 0 ? `counts ${unsaved} changes since its last save, and will not save by itself` : undefined;
}

function inCluster(
  node: NodeView,
  nodes: ReadonlyMap<string, NodeView>,
  asked: ReadonlyMap<string, Asked>,
): string | undefined {
  const self = node.peers.get(node.node);
  if (self?.role === 'primary' && countSlots(self.slots) > 0) {
    const twin = [...nodes.values()].find((other) => {
      const claim = other.peers.get(other.node);
      return other !== node && claim?.role === 'primary' && countSlots(claim.slots) > 0 && claim.epoch === self.epoch;
    });
    // Epochs decide who wins a slot that two claim: of equals nobody does (Redis Cluster specification, config epoch conflicts).
    if (twin && self.epoch > 0) return `has the same epoch as ${twin.node}: ${self.epoch}`;
  }
  if (self?.role !== 'replica' || self.primary === undefined) return undefined;
  const leader = nodes.get(self.primary);
  if (leader?.peers.get(leader.node)?.role === 'replica') return `is a replica of ${self.primary}, itself a replica`;
  const [mine, its] = [asked.get(node.node)?.shardId, asked.get(self.primary)?.shardId];
  return mine !== undefined && its !== undefined && mine !== its
    ? `has another shard id than its primary ${self.primary}`
    : undefined;
}

function mapHeldByMost(nodes: readonly NodeView[], kind: DeploymentKind): string | undefined {
  const counts = new Map<string, number>();
  for (const node of nodes)
    if (node.reachable && node.role !== 'loading')
      counts.set(mapOf(node, kind), (counts.get(mapOf(node, kind)) ?? 0) + 1);
  return [...counts].find(([, count]) => count * 2 > nodes.length)?.[0];
}

/** Epochs belong to it in a cluster: who holds an old one follows an old claim. Elsewhere a node knows only its own. */
const mapOf = ({ peers }: NodeView, kind: DeploymentKind): string =>
  [...peers]
    .filter(([, { role, slots }]) => role === 'primary' && (!traitsOf(kind).hasSlots || slots.length > 0))
    .map(([name, { slots, epoch }]) => `${name}${traitsOf(kind).hasSlots ? `@${epoch}` : ''}=${slots.join(';')}`)
    .sort()
    .join('|');

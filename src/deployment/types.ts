/** What is known of a deployment: its servers, what each says of itself and of its peers, and what follows from all of it. */
import type { DeploymentKind } from './kinds.js';

export type { DeploymentKind };

export interface Server {
  product: 'redis' | 'valkey';
  version: string;
}

export type NodeRole = 'primary' | 'replica' | 'sentinel';
/** As what a server begins: some belong to nothing at first. */
export type BeginRole = NodeRole | 'spare' | 'stranger';

/** Lines of redis.conf; a directive that stands several times has a list. */
export type Settings = Record<string, string | string[]>;

/** Inclusive slot range. */
export type SlotRange = [first: number, last: number];

export interface ShardInfo {
  shard: number;
  slots: SlotRange[];
}

/**
 * What one node holds of another (a line of CLUSTER NODES, or what a sentinel says). `health` is `ok`, `pfail` (a sentinel's
 * SDOWN) or `fail` (ODOWN). Where there are no slots the primary has all of them, and `epoch` orders claims.
 */
export interface Opinion {
  about: string;
  role: NodeRole;
  health: 'ok' | 'pfail' | 'fail';
  primary?: string;
  epoch: number;
  slots: SlotRange[];
  /** Its open slots as it prints them, of itself only: "[42->-id]" migrating, "[42-<-id]" importing. */
  open?: string[];
  linked: boolean;
}

/** A node as the last poll of the observer saw it. */
export interface NodeView {
  node: string;
  t: number;
  reachable: boolean;
  role: NodeRole | 'loading' | 'unreachable';
  state: 'ok' | 'fail' | 'unknown';
  currentEpoch: number;
  offset: number;
  replid: string;
  linkUp: boolean;
  syncing: boolean;
  /** ms since the link to its primary broke; 0 while it is up. */
  linkDownFor: number;
  /** ms by which a replica trails its primary: known to the observer, who looks at both; 0 in a single look. */
  lag: number;
  priority: number;
  replicasOnline: number;
  runId: string;
  /** Bytes. */
  usedMemory: number;
  /** Keys that it evicted since it started. */
  evictedKeys: number;
  /** Slots that a job of the server is moving from or to it (Valkey 9 and newer). */
  handing?: SlotRange[];
  /** What it holds of every node, itself included, by node name. The same object as long as it holds the same. */
  peers: ReadonlyMap<string, PeerView>;
  /** When it was last asked for `peers`; where that is not `t`, its own summary said that nothing had changed. */
  tableAt?: number;
  /** That summary (look.ts). */
  summary?: string;
}

export interface PeerView {
  role: NodeRole;
  health: 'ok' | 'pfail' | 'fail';
  primary?: string;
  epoch: number;
  slots: SlotRange[];
  /** Slots being migrated or imported, as CLUSTER NODES prints them: "[42->-id]". */
  open: string[];
  linked: boolean;
  /** An address that the node no longer has, where it is still looked for; empty where no address is known. */
  misplaced?: string;
}

/** By which rule is decided (electorate.ts). */
export interface Law {
  kind: DeploymentKind;
  /** Where they decide. */
  sentinels?: { names: ReadonlySet<string>; quorum: number } | undefined;
}

/** What a deployment is when it is whole. */
export interface Whole extends Law {
  shards: readonly ShardInfo[];
  /** How many replicas each shard has. */
  replicas: readonly number[];
}

/** All nodes' views, and what they come to. */
export interface ClusterView {
  t: number;
  nodes: Map<string, NodeView>;
  /** Owner of each shard by those who decide (electorate.ts). */
  owners: Map<number, string>;
  /** Nodes that have failed by those who decide. */
  failed: Set<string>;
  /** Are there enough to agree that a node has failed? */
  quorate: boolean;
  /** Every node answers and holds the same slot map and no failures. */
  agree: boolean;
  /** Those who belong to nothing yet; they are not among `nodes`. */
  outside?: ReadonlySet<string>;
  /** One line on what is not as it should be; empty when healthy. */
  problems: string[];
}

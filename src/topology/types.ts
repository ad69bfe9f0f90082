import type { Container, Fleet, Impairment, ResolvedImage } from '../fleet/types.js';
import type { NodeInfo, SentinelSpec, Settings, ShardInfo, SlotRange } from '../workload/recording.js';
import type { Access, Credentials } from './access.js';
import type { Addresses } from './addresses.js';
import type { Address, Connection, ConnectionOptions } from './connection.js';
import type { Identities } from './identities.js';
import type { Glance } from './look.js';
import type { Persistence } from './persistence.js';
import type { Reply } from './resp.js';

export interface Server {
  product: 'redis' | 'valkey';
  version: string;
}

export type NodeRole = 'primary' | 'replica' | 'sentinel';
/** As what a server begins: some belong to nothing at first (outsiders.ts). */
export type BeginRole = NodeRole | 'spare' | 'stranger';

/** An image ready to start, and what runs in it. */
export interface PreparedImage {
  image: ResolvedImage;
  server: Server;
}

/** One server in its container. */
export interface RedisNode {
  readonly name: string;
  /** Its cluster id as it told last: a node that lost its nodes.conf bears a new one. */
  readonly id: string;
  readonly index: number;
  /** Where it is for its peers. */
  readonly announced: Address;
  /** Where clients reach it from here. */
  readonly front: Address;
  readonly initial: { shard: number; role: BeginRole };
  readonly zone?: string | undefined;
  readonly container: Container;
  /** Who the harness is to it. */
  readonly credentials: Credentials;
  /** What runs on it now: a procedure may bring it to another one. */
  server: Server;
  /** A fresh connection of its own, not yet established: commands may be sent at once. `to`: by another of its addresses, `as` another user. */
  open(options?: OpenOptions): Connection;
  /** One command on a shared admin connection that is reopened when it broke. Array replies are nested arrays, errors throw. */
  call(args: (string | number)[], options?: { timeout?: number }): Promise<Reply>;
}

export interface OpenOptions extends Omit<ConnectionOptions, 'credentials' | 'tls'> {
  to?: Address;
  as?: Credentials;
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

/** All nodes' views, and what the majority of primaries holds. */
export interface ClusterView {
  t: number;
  nodes: Map<string, NodeView>;
  /** Owner of each shard by the majority of those who decide (primaries, sentinels); without an arbiter see follow.ts. */
  owners: Map<number, string>;
  /** Nodes that the majority flags FAIL; with sentinels, those that a quorum of them holds for down. */
  failed: Set<string>;
  /** Every node answers and holds the same slot map and no failures. */
  agree: boolean;
  /** Those who belong to nothing yet; they are not among `nodes`. */
  outside?: ReadonlySet<string>;
  /** One line on what is not as it should be; empty when healthy. */
  problems: string[];
}

/** A started topology. */
export interface Topology extends AsyncDisposable {
  readonly kind: TopologyKind;
  readonly fleet: Fleet;
  /** The servers that hold data. */
  readonly nodes: readonly RedisNode[];
  /** Empty where the topology has none. */
  readonly sentinels: readonly RedisNode[];
  /** Everything that can be watched and broken: nodes, then sentinels. `RedisNode.index` counts here. */
  readonly all: readonly RedisNode[];
  readonly shards: readonly ShardInfo[];
  /** Of the image that most begin with. */
  readonly server: Server;
  readonly image: { name: string; id: string; origin: string };
  readonly spec: TopologySpec;
  readonly access: Access;
  readonly info: NodeInfo[];
  readonly identities: Identities;
  readonly addresses: Addresses;
  /** What the kernel shapes the links between zones with. */
  linksBy?: string | undefined;
  node(name: string): RedisNode;
  /** Where clients find the primary when nobody can tell them (kind replication). */
  readonly entry?: Entry;
  /** One look at one node. Never throws: no answer is an answer. */
  lookAt(node: RedisNode, connection: Connection, now: () => number, glance?: Glance): Promise<NodeView>;
  /** What holds, from all nodes' views together. */
  consensus(views: ReadonlyMap<string, NodeView>, t: number): ClusterView;
  /** Polls every node once. */
  look(): Promise<ClusterView>;
}

/** The address that applications are configured with. An operator moves it, as a DNS name or a virtual address is moved. */
export interface Entry {
  readonly node: RedisNode;
  move(node: RedisNode): void;
  onMove(listener: (node: RedisNode) => void): void;
}

/** cluster: slots and gossip. sentinel: one primary, its replicas, sentinels that elect. replication: nobody elects. */
export type TopologyKind = 'cluster' | 'sentinel' | 'replication';

/** What a scenario asks for. Everything but a cluster has one shard. */
export interface TopologySpec {
  kind: TopologyKind;
  shards: number;
  replicas: number;
  /** Replicas of each shard, where they differ; `replicas` is the most of them. */
  perShard?: number[];
  image: string;
  /** Other images for some: primaries, replicas, sentinels, "zone eu", node-3. */
  images?: Record<string, string>;
  config: Settings;
  /** Other or further settings for some, by the same names as `images`. */
  configs?: Record<string, Settings>;
  /** Of kind sentinel. */
  sentinels?: SentinelSpec;
  /** Servers of a cluster's kind that belong to nothing at first. */
  spares?: number;
  /** Another cluster, which this one has never met: how many primaries, and in which epoch the first of them holds its slots. */
  strangers?: { count: number; epoch: number };
  /** Of the default user. */
  password?: string;
  users?: Record<string, UserSpec>;
  tls?: boolean;
  /** Default: none. */
  persistence?: Persistence;
  /** Bytes that a node's data may take; no limit without. */
  disk?: number;
  /** Bytes per node. */
  memory?: number;
  cpus?: number;
  zones?: ZonesSpec;
}

/** Failure domains that the nodes are spread over. */
export interface ZonesSpec {
  names: string[];
  /** Zone → its nodes, where the scenario says it; else they are dealt (zones.ts). */
  nodes?: Record<string, string[]>;
  /** Where the load's clients are; without it no way to them is longer than another. */
  clients?: string;
  links?: ZoneLink[];
}

/** What packets suffer between two zones, in either direction; without `between` on every link that has no entry of its own. */
export interface ZoneLink {
  between?: [string, string];
  suffers: Impairment;
}

/** A user of the servers' access control list. */
export interface UserSpec {
  password: string;
  /** As ACL SETUSER takes them: "~app:* +@read". Default: everything, or what replication needs. */
  rules?: string;
  /** The clients of the workload connect as this user; the replicas do. */
  for?: 'clients' | 'replication';
}

import type { Clock } from '../core/clock.js';
import type { DeploymentKind, Server, Settings } from '../deployment/types.js';
import type { Container, Fleet, Impairment, ResolvedImage } from '../fleet/types.js';
import type { NodeInfo, SentinelSpec } from '../recording/recording.js';
import type { Deployment, Endpoint } from '../server/types.js';
import type { Persistence } from './persistence-kinds.js';

/** An image ready to start, and what runs in it. */
export interface PreparedImage {
  image: ResolvedImage;
  server: Server;
}

/** A server in a container of ours: an endpoint, and what can be done to it beside commands. */
export interface ManagedNode extends Endpoint {
  readonly container: Container;
}

/** A deployment that we started, in a fleet of ours. */
export interface Topology extends Deployment<ManagedNode>, AsyncDisposable {
  readonly fleet: Fleet;
  /** Of the image that most begin with. */
  readonly server: Server;
  readonly image: { name: string; id: string; origin: string };
  readonly spec: TopologySpec;
  /** Its nodes for the recording: what they began as, and the ids and addresses that they took since. */
  readonly info: readonly NodeInfo[];
  /** What the kernel shapes the links between zones with. */
  linksBy?: string | undefined;
}

/** What a topology is started with. */
export interface Start {
  spec: TopologySpec;
  fleet: Fleet;
  image: ResolvedImage;
  server: Server;
  /** Those that `spec.images` names beside it. */
  images?: ReadonlyMap<string, PreparedImage>;
  clock: Clock;
  /** 40 hex digits each, in the order node-1 … node-N, sentinel-1 … */
  nodeIds: readonly string[];
  signal: AbortSignal;
  /** Where every password goes that the topology has or ever gets. */
  secrets?: string[];
  /** ms until everything must be ready. */
  budget?: number;
}

/** A topology whose servers have been started. Their logs are worth having also when they never become ready. */
export interface Begun {
  topology: Topology;
  /** @throws NOT_READY, with what a dead server said. */
  ready(): Promise<void>;
}

/** What a scenario asks for. Everything but a cluster has one shard. */
export interface TopologySpec {
  kind: DeploymentKind;
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

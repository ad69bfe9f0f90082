/** Servers that answer, whoever runs them: all that watching, judging and operating by commands needs to know of them. */

import type { BeginRole, ClusterView, DeploymentKind, NodeView, Server, ShardInfo } from '../deployment/types.js';
import type { Access, Credentials } from './access.js';
import type { Addresses } from './addresses.js';
import type { Address, Connection, ConnectionOptions } from './connection.js';
import type { Identities } from './identities.js';
import type { Reply } from './resp.js';

/** One server that answers at an address. */
export interface Endpoint {
  readonly name: string;
  /** Its cluster id as it told last: a node that lost its nodes.conf bears a new one. */
  readonly id: string;
  /** Among all of its deployment. */
  readonly index: number;
  /** Where it is for its peers. */
  readonly announced: Address;
  /** Where clients reach it from here. */
  readonly front: Address;
  /** What it was when the deployment was first seen or formed. */
  readonly initial: { shard: number; role: BeginRole };
  /** The failure domain that it is in, where that is known. */
  readonly zone?: string | undefined;
  /** How often it was started by us, its first start included; 0 where others run it. */
  readonly lives: number;
  /** Who we are to it. */
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

/** What a look may take over from the one before it, when the node's own summary says that nothing has changed since. */
export interface Glance {
  timeout?: number | undefined;
  before?: NodeView | undefined;
}

/** Sentinels' settings for the primary that they watch. Times in ms. */
export interface Watch {
  quorum: number;
  downAfter: number;
  failoverTimeout: number;
}

/** Servers that belong together. */
export interface Deployment<Node extends Endpoint = Endpoint> {
  readonly kind: DeploymentKind;
  /** The servers that hold data. */
  readonly nodes: readonly Node[];
  /** Empty where nobody watches. */
  readonly sentinels: readonly Node[];
  /** Everything that can be watched: nodes, then sentinels. `Endpoint.index` counts here. */
  readonly all: readonly Node[];
  readonly shards: readonly ShardInfo[];
  /** How many replicas each shard began with. */
  readonly replicas: readonly number[];
  /** What sentinels call the primary. */
  readonly primaryName: string;
  /** ms of silence after which one of them suspects another: cluster-node-timeout, down-after-milliseconds. 0 where nobody looks. */
  readonly nodeTimeout: number;
  /** What sentinels are told of the primary that they watch. */
  readonly watch?: Watch | undefined;
  readonly access: Access;
  readonly identities: Identities;
  readonly addresses: Addresses;
  /** ms that a round trip to the farthest of them takes by what is known of the ways: who waits for an answer waits so much longer. */
  readonly roundTrip: number;
  /** Where clients find the primary when nobody can tell them (kind replication). */
  readonly entry?: Entry<Node>;
  node(name: string): Node;
  /** One look at one node. Never throws: no answer is an answer. */
  lookAt(node: Endpoint, connection: Connection, now: () => number, glance?: Glance): Promise<NodeView>;
  /** What holds, from all nodes' views together. */
  consensus(views: ReadonlyMap<string, NodeView>, t: number): ClusterView;
  /** Polls every node once. */
  look(): Promise<ClusterView>;
}

/** The address that applications are configured with. An operator moves it, as a DNS name or a virtual address is moved. */
export interface Entry<Node extends Endpoint = Endpoint> {
  readonly node: Node;
  move(node: Node): void;
  onMove(listener: (node: Node) => void): void;
}

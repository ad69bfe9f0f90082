import type { NodeRole, Server, ShardInfo } from '../../deployment/types.js';
import type { ClientTls, Credentials } from '../access.js';
import type { Address } from '../connection.js';
import type { Watch } from '../types.js';

/** What is known of a deployment before anybody was asked. */
export interface Seeds {
  /** Any of its servers: of a cluster, of a primary with its replicas, or a sentinel. One is enough. */
  at: readonly Address[];
  /** Who we are to the servers. */
  credentials?: Credentials;
  /** Who we are to sentinels, where that is somebody else. */
  sentinelCredentials?: Credentials;
  tls?: ClientTls;
  /** What sentinels call the primary: where they watch several, this one is meant. */
  primaryName?: string;
  /** Where a server that calls itself "10.0.0.1:6379" is reached from here, where that is another address. */
  ways?: ReadonlyMap<string, Address>;
  /** ms for an answer. */
  patience?: number;
  signal?: AbortSignal;
}

/** A server that belongs to it, whether it answers or not. */
export interface Member {
  /** Cluster id or id of a sentinel; empty where there is none. */
  id: string;
  /** Where it is for the others. */
  announced: Address;
  /** Other addresses that somebody knows it by. */
  also: readonly Address[];
  /** Under which of them it answers, if that is not the one that it announces. */
  reached?: Address;
  role: NodeRole;
  /** undefined: it does not answer. */
  server: Server | undefined;
}

/** A member by its name. */
export interface Named extends Member {
  name: string;
  shard: number;
}

/** What its servers say it is. Sentinels come last. */
export type Found =
  | { kind: 'cluster'; members: Named[]; shards: ShardInfo[]; replicas: number[] }
  | { kind: 'sentinel'; members: Named[]; primaryName: string; watch: Watch }
  | { kind: 'replication'; members: Named[] };

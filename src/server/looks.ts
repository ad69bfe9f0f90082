/** How servers that belong together are looked at, and what all looks come to: by what they are, whoever runs them. */
import { consensus } from '../deployment/consensus.js';
import { outsideOf } from '../deployment/outsiders.js';
import { watches } from '../deployment/roles.js';
import { ONE_SHARD } from '../deployment/slots.js';
import type { DeploymentKind, Law, ShardInfo, Whole } from '../deployment/types.js';
import type { Addresses } from './addresses.js';
import type { Identities } from './identities.js';
import { lookAt } from './look.js';
import { lookAtSentinel } from './sentinel-look.js';
import { lookAtServer } from './server-look.js';
import { tableReader } from './tables.js';
import type { Deployment } from './types.js';

export type Looks = Pick<Deployment, 'lookAt' | 'consensus'>;

interface Known {
  identities: Identities;
  addresses: Addresses;
}

interface Cluster extends Known {
  shards: readonly ShardInfo[];
  /** How many each shard has when it is whole. */
  replicas: readonly number[];
  /** Those that belong to nothing at first. */
  outsiders?: ReadonlySet<string>;
}

export function looksInCluster({ identities, addresses, shards, replicas, outsiders = new Set() }: Cluster): Looks {
  const tables = tableReader(identities, addresses);
  const whole: Whole = { kind: 'cluster', shards, replicas };
  return {
    lookAt: (node, connection, now, glance) => lookAt(node, connection, tables, now, glance),
    consensus: (views, t) => {
      const outside = outsideOf(views, outsiders);
      if (outside.size === 0) return consensus(views, whole, t);
      const inside = new Map([...views].filter(([name]) => !outside.has(name)));
      return { ...consensus(inside, whole, t), outside };
    },
  };
}

interface Replicated extends Known {
  kind: DeploymentKind;
  /** Names of the servers that hold data. */
  servers: readonly string[];
  /** What sentinels call the primary. */
  primaryName: string;
  /** Where they decide. */
  sentinels: Law['sentinels'];
  /** How many there are when it is whole. */
  replicas: number;
}

export function looksAtReplicated(replicated: Replicated): Looks {
  const { kind, servers, primaryName, sentinels, replicas, identities, addresses } = replicated;
  const whole: Whole = { kind, shards: ONE_SHARD, replicas: [replicas], sentinels };
  const directory = { names: servers, nameOf: addresses.nameOf, bearerOf: identities.nameOf };
  return {
    lookAt: (node, connection, now, { timeout } = {}) =>
      watches(node.initial)
        ? lookAtSentinel(node.name, connection, { ...directory, primaryName }, now, timeout)
        : lookAtServer(node.name, connection, directory, now, timeout),
    consensus: (views, t) => consensus(views, whole, t),
  };
}

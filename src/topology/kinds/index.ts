/** The kinds of topology. `topology.kind` and the keys that only some kinds have, in the schema and the messages, come from this object. */
import type { z } from 'zod';
import { type DeploymentKind, traitsOf } from '../../deployment/kinds.js';
import { cluster } from './cluster.js';
import { replication } from './replication.js';
import { sentinel } from './sentinel.js';
import type { TopologyKind } from './types.js';

export const topologyKinds = { cluster, sentinel, replication } as const satisfies Record<DeploymentKind, TopologyKind>;

export const DEFAULT_KIND = 'cluster' satisfies DeploymentKind;

export const kindNames = Object.keys(topologyKinds) as DeploymentKind[];

export const kindOf = ({ kind }: { kind: DeploymentKind }): TopologyKind => topologyKinds[kind];

/** The same names in each case, whatever the order of the registry. */
type OwnFields = UnionToIntersection<(typeof topologyKinds)[DeploymentKind]['fields']>;
type UnionToIntersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer All) => void
  ? All
  : never;
export const ownFields = Object.fromEntries(
  kindNames
    .flatMap((kind): [string, z.ZodType][] => Object.entries(topologyKinds[kind].fields))
    .sort(([a], [b]) => (a < b ? -1 : 1)),
) as OwnFields;

/** Why these keys of a `topology` are wrong where they stand: they belong to another kind. */
export function foreignKeys(kind: string, written: Readonly<Record<string, unknown>>): { key: string; why: string }[] {
  const mine = kindNames.filter((name) => name === kind).flatMap(keysOf);
  return kindNames.flatMap((name) =>
    keysOf(name)
      .filter((key) => written[key] !== undefined && !mine.includes(key))
      .map((key) => ({ key, why: topologyKinds[name].foreign(key, kind) })),
  );
}

const keysOf = (kind: DeploymentKind): string[] => [
  ...(traitsOf(kind).hasSlots ? ['shards'] : []),
  ...Object.keys(topologyKinds[kind].fields),
];

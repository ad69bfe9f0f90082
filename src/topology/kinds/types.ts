/** What a kind of topology is made of. The plain facts that everybody else asks about it stand in src/deployment/kinds.ts. */
import type { z } from 'zod';
import type { Server } from '../../deployment/types.js';
import type { Access } from '../../server/access.js';
import type { Addresses } from '../../server/addresses.js';
import type { Identities } from '../../server/identities.js';
import type { Entry } from '../../server/types.js';
import type { Seat } from '../config.js';
import type { Settings } from '../settings.js';
import type { ManagedNode, Start, Topology, TopologySpec } from '../types.js';

/** What of a started topology its kind decides: which shards there are, how a node is looked at, and what follows from all looks. */
export type Watched = Pick<Topology, 'shards' | 'replicas' | 'lookAt' | 'consensus'>;

/** What is known of the nodes before the first of them starts. */
export interface Known {
  seats: readonly Seat[];
  identities: Identities;
  addresses: Addresses;
}

/** A file of one node: its path in the run's share or, `own`, in the node alone. */
export interface NodeFile {
  path: string;
  text: string;
  own?: true;
}

/** `Fields`: keys of a scenario's `topology` that only this kind has. */
export interface TopologyKind<Fields extends z.ZodRawShape = z.ZodRawShape> {
  /** For the description of `topology.kind`. */
  summary: string;
  /** What a scenario need not say. */
  defaults: { shards: number; replicas: number };
  fields: Fields;
  /** What such keys mean, once they are checked. */
  spec(written: z.output<z.ZodObject<Fields, z.core.$loose>>): Partial<TopologySpec>;
  /** Why a topology of another kind can't have this key: one of `fields`, or `shards`. */
  foreign(key: string, kind: string): string;
  /** What the fields can't say by themselves. `written` may be anything. */
  check?(written: Readonly<Record<string, unknown>>): { path: string[]; message: string }[];
  /** For `redrill plan`. */
  says(spec: TopologySpec): string[];

  /** ms of silence after which nodes suspect one: each value that some of them have. 0: nobody looks. */
  silences(spec: TopologySpec): number[];
  /** Who there is beside the servers that `shards` and `replicas` make. */
  others(spec: TopologySpec): Omit<Seat, 'id' | 'ip'>[];
  /** What its servers need in redis.conf; what a scenario says comes before it. */
  settings(seat: Seat, spec: TopologySpec, server: Server): Settings;
  /** What servers have until all is formed, whatever a scenario says. */
  boot: Settings;
  /** The configuration of a seat that has no redis.conf. */
  confOf?(spec: TopologySpec, seats: readonly Seat[], seat: Seat, access: Access): string;
  /** What a node has beside its configuration. */
  files?(spec: TopologySpec, seats: readonly Seat[], seat: Seat): NodeFile[];
  /** A replica that finds nobody where its primary should be loses a second: is the primary started before it? */
  primaryFirst: boolean;

  watched(spec: TopologySpec, known: Known): Watched;
  /** Where clients are pointed to, when nobody can tell them who leads. */
  entry?(first: ManagedNode): Entry<ManagedNode>;
  /** What is waited for, in words. */
  forms(spec: TopologySpec, nodes: number): string;
  /** What is left to do once all agree. */
  finish?(topology: Topology, start: Start): Promise<void>;
}

export const defineKind = <Fields extends z.ZodRawShape>(kind: TopologyKind<Fields>): TopologyKind<Fields> => kind;

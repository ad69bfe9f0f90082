/**
 * What the kinds of deployment differ in, as plain facts: everything that has to do with a deployment, alive or recorded, asks
 * these and no kind by its name. How one is started stands in src/topology/kinds.
 */
import { RedrillError } from '../core/errors.js';

export interface KindTraits {
  /**
   * Slots are dealt to shards, and servers gossip about who owns them: each knows the others by their ids, keeps a nodes.conf and
   * turns clients away from what it does not own. Otherwise there is one shard, and every server answers everybody.
   */
  hasSlots: boolean;
  /** Who decides that a primary is gone and who comes after it. Where nobody does, applications are pointed to a node and have to be told of another. */
  arbiter: 'majority of primaries' | 'sentinels' | 'nobody';
  /** Who suspects a node and starts its replacement: what the others hold tells of neither. Where nobody decides, servers tell who was promoted. */
  detectors: 'servers' | 'sentinels';
  /** What one says of a node that it holds for down, and what those who decide call it together. */
  flagWords: { suspected: string; failed: string };
  /** What it means that somebody was elected. */
  elected: string;
  /** The setting with which a server tells its peers where it is, and whether ours do so from the start. */
  announces: { setting: string; always: boolean };
  /** What keeps somebody who answers from being well. */
  unwell: (state: string) => string;
}

const GOSSIP_WORDS = { suspected: 'PFAIL', failed: 'FAIL' };
const REPLICA_ANNOUNCES = { setting: 'replica-announce-ip', always: false };
const TILT = (): string => 'is in TILT mode';
const REPLICA_WON = 'a replica has won the election';

export const kinds = {
  /** Shards with slots, and gossip. */
  cluster: {
    hasSlots: true,
    arbiter: 'majority of primaries',
    detectors: 'servers',
    flagWords: GOSSIP_WORDS,
    elected: REPLICA_WON,
    announces: { setting: 'cluster-announce-ip', always: true },
    unwell: (state) => `says cluster_state:${state}`,
  },
  /** One primary, its replicas, and sentinels that elect. */
  sentinel: {
    hasSlots: false,
    arbiter: 'sentinels',
    detectors: 'sentinels',
    flagWords: { suspected: 'SDOWN', failed: 'ODOWN' },
    elected: 'a sentinel was elected to lead the failover',
    announces: REPLICA_ANNOUNCES,
    unwell: TILT,
  },
  /** One primary and its replicas: nobody elects. */
  replication: {
    hasSlots: false,
    arbiter: 'nobody',
    detectors: 'servers',
    flagWords: GOSSIP_WORDS,
    elected: REPLICA_WON,
    announces: REPLICA_ANNOUNCES,
    unwell: TILT,
  },
} as const satisfies Record<string, KindTraits>;

export type DeploymentKind = keyof typeof kinds;

/** The kinds with this trait, for whoever works on those alone. */
export const kindsWhere = (has: (traits: KindTraits) => boolean): DeploymentKind[] =>
  (Object.keys(kinds) as DeploymentKind[]).filter((kind) => has(kinds[kind]));

export const withSlots = kindsWhere(({ hasSlots }) => hasSlots);
export const withoutSlots = kindsWhere(({ hasSlots }) => !hasSlots);
export const withSentinels = kindsWhere(({ arbiter }) => arbiter === 'sentinels');

/** @throws RedrillError for a recording of a kind that did not exist when this was written. */
export function traitsOf(kind: string): KindTraits {
  if (!Object.hasOwn(kinds, kind))
    throw new RedrillError('REPORT', `this redrill knows no topology of kind ${JSON.stringify(kind)}`, {
      hint: 'judge the recording with the version of redrill that made it',
    });
  return kinds[kind as DeploymentKind];
}

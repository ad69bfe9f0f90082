/** What kinds with one primary and without slots have in common. */
import { watches } from '../../deployment/roles.js';
import { ONE_SHARD } from '../../deployment/slots.js';
import { looksAtReplicated } from '../../server/looks.js';
import { PORT, primaryNameOf, type Seat } from '../config.js';
import type { Settings } from '../settings.js';
import type { TopologySpec } from '../types.js';
import type { Known, Watched } from './types.js';

export const replicaSettings = ({ name, primary }: Seat, { sentinels }: TopologySpec): Settings => ({
  ...(primary && { replicaof: `${sentinels?.hostnames ? primary.name : primary.ip} ${PORT}` }),
  ...(sentinels?.hostnames && { 'replica-announce-ip': name }),
});

export const oneShard = (spec: TopologySpec, { seats, identities, addresses }: Known): Watched => ({
  shards: ONE_SHARD,
  replicas: [spec.replicas],
  ...looksAtReplicated({
    kind: spec.kind,
    servers: seats.filter((seat) => !watches(seat)).map(({ name }) => name),
    primaryName: primaryNameOf(spec),
    sentinels: spec.sentinels && {
      names: new Set(seats.filter(watches).map(({ name }) => name)),
      quorum: spec.sentinels.quorum,
    },
    replicas: spec.replicas,
    identities,
    addresses,
  }),
});

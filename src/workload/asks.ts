/**
 * What a probe asks a node of a shard, and what it takes for service: that it acknowledges a write; or, where nobody may
 * write, that it has the value which was put there before, and says that it leads. In a cluster a replica sends readers on by
 * itself; elsewhere it answers everybody, and has to be asked for its role as well.
 */

import { traitsOf } from '../deployment/kinds.js';
import { watchedTag } from '../deployment/slots.js';
import { FOLLOWS, servingKind } from '../recording/service.js';
import { OpKind, type ProbeKind } from '../recording/tables.js';
import type { Connection, Outcome } from '../server/connection.js';
import { ReplyError } from '../server/resp.js';
import type { Deployment } from '../server/types.js';
import { GONE, OTHER, watchedValue } from './canaries.js';

/** `wrong`: it was answered, but not with what would be service. */
type Settle = (outcome: Outcome, at: number, wrong?: string) => void;

export interface Asks {
  /** Of the probes that tell of service. */
  kind: number;
  /** By shard, from 0. */
  keys: readonly string[];
  /** `now` is what is written: who reads it elsewhere knows how old it is. */
  send(connection: Connection, shard: number, kind: number, now: number, settle: Settle): void;
}

export const asksOf = (topology: Deployment, probes: ProbeKind): Asks =>
  probes === 'write' ? writes(topology) : reads(topology);

function writes({ shards }: Deployment): Asks {
  const keys = shards.map((shard) => `{${watchedTag(shard)}}:redrill:probe`);
  return {
    kind: servingKind({ probes: 'write' }),
    keys,
    send: (connection, shard, kind, now, settle) => {
      const key = keys[shard - 1]!;
      connection.send(kind === OpKind.write ? ['SET', key, String(now)] : ['GET', key], settle);
    },
  };
}

function reads({ shards, kind: topologyKind }: Deployment): Asks {
  const values = shards.map((shard) => watchedValue(shard));
  const { hasSlots } = traitsOf(topologyKind);
  return {
    kind: servingKind({ probes: 'read' }),
    keys: values.map(({ key }) => key),
    send: (connection, shard, _kind, _now, settle) => {
      const { key, value } = values[shard - 1]!;
      let leads = hasSlots;
      if (!leads)
        connection.send(['ROLE'], (outcome) => {
          leads = outcome.kind === 'reply' && Array.isArray(outcome.reply) && outcome.reply[0] === 'master';
        });
      connection.send(['GET', key], (outcome, at) => {
        if (outcome.kind === 'silent' || outcome.reply instanceof ReplyError) settle(outcome, at);
        else if (!leads) settle(outcome, at, FOLLOWS);
        else if (outcome.reply === value) settle(outcome, at);
        else settle(outcome, at, outcome.reply === null ? GONE : OTHER);
      });
    },
  };
}

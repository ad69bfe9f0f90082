/**
 * Reads from replicas, as applications send them that can do with something older: in turn from every node that is not the
 * primary of its shard by the majority's word, whatever others hold of it. They read what the probes write, and its value is
 * the moment at which it was written: how far behind the answer is follows from the writes that had been acknowledged by then.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.js';
import { traitsOf } from '../deployment/kinds.js';
import type { ClusterView } from '../deployment/types.js';
import { newReplicaReads, type ProbeKind, type ReplicaReads, Status } from '../recording/tables.js';
import type { Texts } from '../recording/texts.js';
import type { Connection } from '../server/connection.js';
import { ReplyError } from '../server/resp.js';
import type { Deployment, Endpoint } from '../server/types.js';
import { GONE, OTHER, watchedValue } from './canaries.js';
import { statusOfReply } from './classify.js';

/** ms for an answer, beside the way there and back: as the tuned clients have it. */
const PATIENCE = 400;

export interface ReplicaReaders {
  readonly table: ReplicaReads;
  stop(): Promise<void>;
}

export function startReplicaReads(
  topology: Deployment,
  { rate, keys, probes }: { rate: number; keys: readonly string[]; probes: ProbeKind },
  { clock, texts, view }: { clock: Clock; texts: Texts; view: () => ClusterView },
): ReplicaReaders {
  const table = newReplicaReads();
  const abort = new AbortController();
  const origin = clock.now() - performance.now();
  const connections = new Map<Endpoint, Connection>();
  const timeout = PATIENCE + topology.roundTrip;
  // Where nobody writes there is one right value, and nothing that could be old.
  const wanted = probes === 'read' ? topology.shards.map((shard) => watchedValue(shard).value) : undefined;

  const connectionTo = (node: Endpoint): Connection => {
    const open = connections.get(node);
    if (open && !open.closed) return open;
    const connection = node.open({ to: node.front, as: topology.access.clients, timeout, connectTimeout: timeout });
    if (traitsOf(topology.kind).hasSlots) connection.send(['READONLY'], () => undefined);
    connections.set(node, connection);
    return connection;
  };

  const read = (node: Endpoint, shard: number): void => {
    const connection = connectionTo(node);
    const pending = { done: Number.NaN, status: Status.pending, error: 0, seen: 0 };
    const row = table.push({ sent: clock.now(), shard, node: node.index, ...pending });
    const failed = (status: number, text: string): void => {
      table.set(row, 'status', status);
      table.set(row, 'error', texts.numberOf(text));
    };
    connection.send(['GET', keys[shard - 1]!], (outcome, at) => {
      table.set(row, 'done', at + origin);
      if (outcome.kind === 'silent') {
        failed(outcome.reason === 'refused' ? Status.fail : Status.unknown, outcome.reason);
        connection.close();
      } else if (outcome.reply instanceof ReplyError) failed(statusOfReply(outcome.reply.code), outcome.reply.code);
      else if (wanted && outcome.reply !== wanted[shard - 1])
        failed(Status.fail, outcome.reply === null ? GONE : OTHER);
      else {
        table.set(row, 'status', Status.ok);
        const seen = Number(outcome.reply ?? 0);
        table.set(row, 'seen', Number.isFinite(seen) ? seen : 0);
      }
    });
  };

  const next = replicasInTurn(topology, view);
  const loop = (async () => {
    const interval = 1000 / rate;
    let due = performance.now();
    while (!abort.signal.aborted) {
      const found = next();
      if (found) read(found.node, found.shard);
      due += interval;
      const now = performance.now();
      // A late one is skipped, not caught up: a burst would measure the harness.
      if (due < now) due = now;
      await sleep(due - now, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  })();

  return {
    table,
    stop: async () => {
      if (abort.signal.aborted) return;
      abort.abort();
      await loop;
      await sleep(50);
      for (const connection of connections.values()) connection.close();
    },
  };
}

/** Those that are replicas now, one after the other, each with its shard. */
function replicasInTurn({ nodes: all }: Deployment, view: () => ClusterView) {
  /** Whose replica a node is now, where that is known. */
  const shardOf = (node: Endpoint): number | undefined => {
    const { owners, nodes } = view();
    const primary = nodes.get(node.name)?.peers.get(node.name)?.primary;
    const [shard = node.initial.shard] = [...owners].find(([, owner]) => owner === primary) ?? [];
    return owners.get(shard) === node.name ? undefined : shard;
  };
  let turn = 0;
  return (): { node: Endpoint; shard: number } | undefined => {
    for (let tries = 0; tries < all.length; tries++) {
      const node = all[turn++ % all.length]!;
      const shard = shardOf(node);
      if (shard !== undefined) return { node, shard };
    }
    return undefined;
  };
}

/** One primary and its replicas, and nobody who decides: applications are pointed to a node, and an operator points them elsewhere. */
import type { Entry } from '../../server/types.js';
import type { ManagedNode } from '../types.js';
import { oneShard, replicaSettings } from './one-shard.js';
import { defineKind } from './types.js';

export const replication = defineKind({
  summary: 'one primary and its replicas, and nobody who decides',
  defaults: { shards: 1, replicas: 1 },
  fields: {},
  spec: () => ({}),
  foreign: (key) => `${key} are not of this kind`,
  says: () => [],

  silences: () => [0],
  others: () => [],
  settings: replicaSettings,
  boot: {},
  primaryFirst: true,

  watched: oneShard,
  entry: entryAt,
  forms: (_spec, nodes) => `replication topology of ${nodes} nodes is ready`,
});

function entryAt(first: ManagedNode): Entry<ManagedNode> {
  const listeners: ((node: ManagedNode) => void)[] = [];
  let node = first;
  return {
    get node() {
      return node;
    },
    move: (to) => {
      node = to;
      for (const listener of listeners) listener(to);
    },
    onMove: (listener) => void listeners.push(listener),
  };
}

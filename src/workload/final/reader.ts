/**
 * Reads keys of a deployment as it was left: from the owner of their slot, else from replicas of it that answer. A server
 * that refuses to read because others are down is asked to read all the same: what it holds is the question, not whom it serves.
 */

import type { ClusterView } from '../../deployment/types.js';
import { ownerNow, slotOwnerNow } from '../../server/owners.js';
import type { Deployment } from '../../server/types.js';
import { type Answer, answers, questionsTo } from './questions.js';

export interface Reading {
  from: 'owner' | 'replica';
  node: string;
  answers: Answer[];
}

export interface Reader {
  /** undefined: nobody who may hold the slot's keys answered. */
  read(slot: number, commands: readonly (readonly string[])[]): Promise<Reading | undefined>;
  /** Of this slot, as long as its owner does not answer: how many nodes may hold its data and could not be asked. */
  unasked(slot: number): number;
  /** Takes back what servers were asked to do for reading, and closes its connections. */
  close(): Promise<void>;
}

export function readerOf(topology: Deployment, view: ClusterView): Reader {
  const { ask, silent, close } = questionsTo(topology, view);

  const membersOf = (slot: number): string[] => {
    const owner = slotOwnerNow(slot, view, topology);
    const { shard } = topology.node(owner).initial;
    return topology.nodes
      .filter(({ name, initial }) => {
        if (name === owner) return false;
        const node = view.nodes.get(name);
        const self = node && answers(node) ? node.peers.get(name) : undefined;
        if (self) return self.role === 'replica' && (self.primary === owner || self.primary === undefined);
        // Nobody can say whose data it holds: its shard's, as at the beginning.
        return initial.shard === shard && ownerNow(shard, view, topology) === owner;
      })
      .map(({ name }) => name);
  };

  return {
    async read(slot, commands) {
      const owner = slotOwnerNow(slot, view, topology);
      const first = await ask(owner, commands);
      if (first) return { from: 'owner', node: owner, answers: first };
      for (const name of membersOf(slot)) {
        const found = await ask(name, commands);
        if (found) return { from: 'replica', node: name, answers: found };
      }
      return undefined;
    },
    unasked: (slot) =>
      [slotOwnerNow(slot, view, topology), ...membersOf(slot)].filter((name) => silent.has(name)).length,
    close,
  };
}

/**
 * Reads keys of a deployment as it was left: from the owner of their slot, else from replicas of it that answer. A server
 * that refuses to read because others are down is asked to read all the same: what it holds is the question, not whom it serves.
 */

import { traitsOf } from '../../deployment/kinds.js';
import type { ClusterView, NodeView } from '../../deployment/types.js';
import type { Connection } from '../../server/connection.js';
import { NoReply } from '../../server/no-reply.js';
import { ownerNow, slotOwnerNow } from '../../server/owners.js';
import { type Reply, ReplyError } from '../../server/resp.js';
import type { Deployment, Endpoint } from '../../server/types.js';

/** Error replies of commands stand among the replies: that, too, is an answer. */
export type Answer = Reply | ReplyError;

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

/** ms for one reply: a list of 250 elements from a server that others keep busy. */
const REPLY = 5000;

/** What makes a server refuse to read, and the setting that lets it. */
const refusals: readonly [RegExp, setting: string][] = [
  [/^CLUSTERDOWN The cluster is down/, 'cluster-allow-reads-when-down'],
  [/^MASTERDOWN/, 'replica-serve-stale-data'],
];

export function readerOf(topology: Deployment, view: ClusterView): Reader {
  const connections = new Map<string, Connection>();
  const silent = new Set([...view.nodes.values()].filter((node) => !answers(node)).map(({ node }) => node));
  const eased: { node: Endpoint; setting: string; before: string }[] = [];
  const easing = new Map<string, Promise<boolean>>();

  function connectionTo(name: string): Connection {
    const open = connections.get(name);
    if (open && !open.closed) return open;
    const connection = topology.node(name).open({ timeout: REPLY, connectTimeout: 1000 });
    // Without it a replica sends everybody to its primary.
    if (traitsOf(topology.kind).hasSlots) connection.send(['READONLY'], () => {});
    connections.set(name, connection);
    return connection;
  }

  /** undefined: no answer, or one that says nothing of the data. */
  async function ask(name: string, commands: readonly (readonly string[])[]): Promise<Answer[] | undefined> {
    if (silent.has(name)) return undefined;
    try {
      const replies: Answer[] = [];
      for (const command of commands) replies.push(await one(name, command));
      return replies;
    } catch (error) {
      if (error instanceof NoReply) silent.add(name);
      else if (!(error instanceof ReplyError)) throw error;
      return undefined;
    }
  }

  /** @throws ReplyError when the server will not say what it holds. */
  async function one(name: string, command: readonly string[]): Promise<Answer> {
    for (let tries = 0; ; tries++)
      try {
        return await connectionTo(name).call(command);
      } catch (error) {
        if (!(error instanceof ReplyError)) throw error;
        if (error.code === 'ASK') return importing(error, command);
        const refusal = refusals.find(([pattern]) => pattern.test(error.message));
        if (refusal && tries < refusals.length && (await ease(name, refusal[1]))) continue;
        if (refusal || /^(MOVED|CLUSTERDOWN|LOADING|BUSY|NOAUTH|NOPERM|TRYAGAIN)/.test(error.message)) throw error;
        return error;
      }
  }

  /** The slot is on its way and this key has gone ahead. */
  async function importing({ message }: ReplyError, command: readonly string[]): Promise<Answer> {
    const [host, port] = (message.split(' ')[2] ?? '').split(/:(?=\d+$)/);
    const node = topology.nodes.find(({ announced }) => announced.host === host && announced.port === Number(port));
    if (!node) throw new ReplyError(message);
    const connection = connectionTo(node.name);
    const [, reply] = await Promise.allSettled(
      connection.together(() => [connection.call(['ASKING']), connection.call(command)]),
    );
    if (reply!.status === 'fulfilled') return reply!.value;
    throw reply!.reason;
  }

  function ease(name: string, setting: string): Promise<boolean> {
    const key = `${name} ${setting}`;
    const begun = easing.get(key) ?? set(topology.node(name), setting);
    easing.set(key, begun);
    return begun;
  }

  async function set(node: Endpoint, setting: string): Promise<boolean> {
    try {
      const reply = await node.call(['CONFIG', 'GET', setting]);
      const before = Array.isArray(reply) ? reply[1] : undefined;
      if (before !== 'no') return false;
      await node.call(['CONFIG', 'SET', setting, 'yes']);
      eased.push({ node, setting, before });
      return true;
    } catch {
      return false;
    }
  }

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
    async close() {
      await Promise.allSettled(eased.map(({ node, setting, before }) => node.call(['CONFIG', 'SET', setting, before])));
      for (const connection of connections.values()) connection.close();
    },
  };
}

const answers = (node: NodeView): boolean => node.reachable && node.role !== 'loading';

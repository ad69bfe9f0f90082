/**
 * A patient client: one socket to each primary, which it keeps for as long as the server keeps it, and up to 20 s for an
 * answer. A frozen primary answers it with OK when it wakes, before it hears that it was replaced: those writes are lost. The
 * other profiles drop the socket first and see nothing of it.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../core/until.js';
import { traitsOf } from '../deployment/kinds.js';
import { inRanges, slotOf } from '../deployment/slots.js';
import type { Connection } from '../server/connection.js';
import { NoReply } from '../server/no-reply.js';
import { type Reply, ReplyError } from '../server/resp.js';
import type { Deployment, Endpoint } from '../server/types.js';
import type { Commands } from './commands.js';

/** ms that it waits for an answer. */
export const PATIENCE = 20_000;
const CONNECT = 1000;
const REDIRECTIONS = 3;

export interface PatientClient extends Commands {
  close(): void;
}

export async function openPatient(topology: Deployment, signal: AbortSignal): Promise<PatientClient> {
  const sockets = socketsTo(topology);
  const route = traitsOf(topology.kind).hasSlots ? bySlot(topology) : toPrimary(topology, sockets.drop);
  await until(
    async () => {
      for (const { slots } of topology.shards) await sockets.to(route.nodeFor(slots[0]![0])).call(['PING']);
      return true;
    },
    Boolean,
    { describe: 'the patient load client reaches every primary', within: 10_000, every: 50, signal },
  );

  /** Follows redirections as clients do; everything else is the application's to deal with. */
  async function send(key: string, commands: readonly string[][]): Promise<Reply[]> {
    const slot = slotOf(key);
    let asking = false;
    for (let left = REDIRECTIONS; ; left--) {
      const node = route.nodeFor(slot);
      const socket = sockets.to(asking ? (route.asked ?? node) : node);
      try {
        const all = asking ? [['ASKING'], ...commands] : commands;
        const replies = await Promise.all(socket.together(() => all.map((command) => socket.call(command))));
        return asking ? replies.slice(1) : replies;
      } catch (error) {
        const [code, , address] = error instanceof ReplyError ? error.message.split(' ') : [];
        if (error instanceof NoReply && error.reason !== 'timeout') route.lost(node);
        if (code === 'READONLY') route.deposed(node);
        asking = code === 'ASK';
        if ((code !== 'MOVED' && code !== 'ASK') || left === 0 || !route.follow(slot, address!, asking)) throw error;
      }
    }
  }

  const one = async (command: string[]): Promise<Reply> => (await send(command[1]!, [command]))[0]!;
  return {
    get: (key) => one(['GET', key]),
    set: (key: string, value: string, ...living: [] | [unit: 'PX', ms: number]) =>
      one(['SET', key, value, ...living.map(String)]),
    rpush: (key, item) => one(['RPUSH', key, item]),
    pipeline: (commands) => ({
      exec: async () =>
        (
          await send(
            String(commands[0]![1]),
            commands.map((c) => c.map(String)),
          )
        ).map((r) => [null, r]),
    }),
    close: () => {
      route.close();
      sockets.close();
    },
  };
}

function socketsTo(topology: Deployment) {
  const open = new Map<Endpoint, Connection>();
  return {
    to: (node: Endpoint): Connection => {
      let socket = open.get(node);
      if (!socket || socket.closed) {
        socket = node.open({
          to: node.front,
          as: topology.access.clients,
          timeout: PATIENCE,
          connectTimeout: CONNECT,
        });
        open.set(node, socket);
      }
      return socket;
    },
    drop: (node: Endpoint): void => open.get(node)?.close(),
    close: () => {
      for (const socket of open.values()) socket.close();
    },
  };
}

/** Nodes announce addresses, or names where sentinels are told to. */
const isCalled = ({ name, announced: { host, port } }: Endpoint, key: string): boolean =>
  key === `${host}:${port}` || key === `${name}:${port}`;

interface Route {
  nodeFor(slot: number): Endpoint;
  /** @returns whether the address that a redirection named is known. */
  follow(slot: number, address: string, once: boolean): boolean;
  /** Where the last ASK pointed to. */
  asked?: Endpoint | undefined;
  /** The connection broke, or never came up. */
  lost(node: Endpoint): void;
  /** It is a replica now. */
  deposed(node: Endpoint): void;
  close(): void;
}

/** The map of the start, mended by redirections. Of a node that went away the slots are asked of the others, who redirect. */
function bySlot({ nodes, shards }: Deployment): Route {
  const moved = new Map<number, Endpoint>();
  const away = new Set<Endpoint>();
  let turn = 0;
  const initial = (slot: number): Endpoint => {
    const shard = shards.find(({ slots }) => inRanges(slot, slots))?.shard;
    return nodes.find((node) => node.initial.shard === shard && node.initial.role === 'primary') ?? nodes[0]!;
  };
  const route: Route = {
    nodeFor: (slot) => {
      const known = moved.get(slot) ?? initial(slot);
      if (!away.has(known)) return known;
      const others = nodes.filter((node) => !away.has(node));
      return others[turn++ % others.length] ?? known;
    },
    follow: (slot, address, once) => {
      const node = nodes.find((one) => isCalled(one, address));
      if (!node) return false;
      away.delete(node);
      if (once) route.asked = node;
      else moved.set(slot, node);
      return true;
    },
    lost: (node) => void away.add(node),
    deposed: () => undefined,
    close: () => undefined,
  };
  return route;
}

/** One primary: asked of the sentinels when it is lost, or found at the address that an operator moves. */
function toPrimary({ nodes, sentinels, entry, primaryName }: Deployment, drop: (node: Endpoint) => void): Route {
  let primary = entry?.node ?? nodes.find((node) => node.initial.role === 'primary')!;
  let [closed, searching] = [false, false];
  entry?.onMove((node) => {
    drop(primary);
    primary = node;
  });
  const search = async (): Promise<void> => {
    if (searching || sentinels.length === 0) return;
    searching = true;
    for (let turn = 0, old = primary; !closed && primary === old; turn++) {
      const found = await primaryBy(sentinels[turn % sentinels.length]!, primaryName);
      const named = nodes.find((node) => found !== undefined && isCalled(node, found));
      if (named) primary = named;
      // The one it had may be back, and lead.
      if (named === old) break;
      await sleep(50);
    }
    searching = false;
  };
  return {
    nodeFor: () => primary,
    follow: () => false,
    lost: () => void search(),
    deposed: (node) => {
      drop(node);
      void search();
    },
    close: () => {
      closed = true;
    },
  };
}

async function primaryBy(sentinel: Endpoint, name: string): Promise<string | undefined> {
  const socket = sentinel.open({ to: sentinel.front, timeout: CONNECT, connectTimeout: CONNECT });
  try {
    const reply = await socket.call(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]);
    return Array.isArray(reply) ? reply.join(':') : undefined;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.js';
import type { Connection } from './connection.js';
import { lagTracker } from './lag.js';
import { unreachable } from './look.js';
import type { ClusterView, NodeView, RedisNode, Topology } from './types.js';

export interface Observer {
  /** The latest view of every node. */
  views(): ReadonlyMap<string, NodeView>;
  consensus(): ClusterView;
  /** Called for every look at every node, with the time of the look before it. */
  onLook(listener: (view: NodeView, since: number) => void): void;
  /** ms between two looks at the same node. */
  readonly every: number;
}

/** Large clusters are looked at less often: parsing N texts of N lines 20 times a second would starve the probes. */
export const observePeriod = (nodes: number): number => Math.max(50, Math.round((nodes * nodes) / 12));

/** Looks at every node on a connection of its own until the signal aborts. */
export function observe(
  topology: Topology,
  clock: Clock,
  signal: AbortSignal,
  every = observePeriod(topology.all.length),
): Observer {
  const latest = new Map<string, NodeView>(
    topology.all.map((node) => [node.name, unreachable(node.name, clock.now())]),
  );
  const lagOf = lagTracker();
  const listeners: ((view: NodeView, since: number) => void)[] = [];
  for (const node of topology.all) void watch(node);

  async function watch(node: RedisNode): Promise<void> {
    let connection: Connection | undefined;
    let due = performance.now() + (node.index / topology.all.length) * every;
    while (!signal.aborted) {
      // Nodes are looked at in turn, not all at once: their replies would arrive together and delay each other's times.
      await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      due = Math.max(due + every, performance.now());
      if (!connection || connection.closed) connection = node.open({ timeout: 250, connectTimeout: 250 });
      const view = await topology.lookAt(node, connection, clock.now);
      view.lag = lagOf(view);
      if (!view.reachable) connection.close();
      const since = latest.get(node.name)!.t;
      latest.set(node.name, view);
      for (const listener of listeners) listener(view, since);
    }
    connection?.close();
  }

  return {
    views: () => latest,
    consensus: () => topology.consensus(latest, clock.now()),
    onLook: (listener) => void listeners.push(listener),
    every,
  };
}

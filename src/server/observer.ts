import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.js';
import { LAGGING, lagTracker } from '../deployment/lag.js';
import type { ClusterView, NodeView } from '../deployment/types.js';
import { unreachable } from '../deployment/views.js';
import type { Connection } from './connection.js';
import { FEW, keepPace, observePeriod, wholeEvery } from './pace.js';
import type { Deployment, Endpoint } from './types.js';

export interface Observer {
  /** The latest view of every node. */
  views(): ReadonlyMap<string, NodeView>;
  consensus(): ClusterView;
  /** Called for every look at every node, with the time of the look before it. */
  onLook(listener: (view: NodeView, since: number) => void): void;
  /** ms between two looks at the same node, as planned. */
  readonly every: number;
  /** ms between two looks at the same node, on average until now. */
  kept(): number;
}

/** Looks at every node on a connection of its own until the signal aborts. */
export function observe(
  topology: Deployment,
  clock: Clock,
  signal: AbortSignal,
  every = observePeriod(topology.all.length),
): Observer {
  const nodes = topology.all.length;
  const latest = new Map<string, NodeView>(
    topology.all.map((node) => [node.name, unreachable(node.name, clock.now())]),
  );
  const lagOf = lagTracker();
  const pace = keepPace(nodes, every, signal);
  const turns = wholeEvery(nodes);
  const listeners: ((view: NodeView, since: number) => void)[] = [];
  const begun = clock.now();
  let looks = 0;
  /** What the latest views come to; undefined when one of them has changed since. */
  let held: ClusterView | undefined;
  for (const node of topology.all) void watch(node);

  async function watch(node: Endpoint): Promise<void> {
    let connection: Connection | undefined;
    let due = performance.now() + (node.index / nodes) * every;
    // Whose turn it is to be asked for all it knows goes round, too.
    for (let turn = node.index; !signal.aborted; turn++) {
      // Nodes are looked at in turn, not all at once: their replies would arrive together and delay each other's times.
      await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      due = Math.max(due + pace.every(), performance.now());
      const fresh = !connection || connection.closed;
      if (!connection || fresh) connection = node.open({ timeout: 250, connectTimeout: 250 });
      const last = latest.get(node.name)!;
      const whole = fresh || turn % turns === 0;
      const view = await topology.lookAt(node, connection, clock.now, whole ? {} : { before: last });
      view.lag = lagOf(view);
      if (!view.reachable) {
        connection.close();
        // Of many, those that are down wait longer: to be refused costs more than to be answered.
        if (nodes > FEW) due += Math.max(0, Math.min(2 * every, 600 - every));
      }
      latest.set(node.name, view);
      looks++;
      if (view.peers !== last.peers || shapeOf(view) !== shapeOf(last)) held = undefined;
      for (const listener of listeners) listener(view, last.t);
    }
    connection?.close();
  }

  return {
    views: () => latest,
    consensus: () => {
      const t = clock.now();
      held ??= topology.consensus(latest, t);
      const { outside } = held;
      const nodes = outside ? [...latest].filter(([name]) => !outside.has(name)) : latest;
      return { ...held, t, nodes: new Map(nodes) };
    },
    onLook: (listener) => void listeners.push(listener),
    every,
    kept: () => (looks < nodes ? every : ((clock.now() - begun) * nodes) / looks),
  };
}

/** Everything of a view, beside its table, that what holds in all depends on. */
const shapeOf = (view: NodeView): string =>
  [
    view.reachable,
    view.role,
    view.state,
    view.currentEpoch,
    view.linkUp,
    view.syncing,
    view.replicasOnline,
    view.lag > LAGGING ? view.lag : 'close',
  ].join(' ');

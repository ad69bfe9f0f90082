/** A node that is probed, and the connection over which that is done: a socket is replaced after its first failure. */
import { watches } from '../deployment/roles.js';
import type { Connection } from '../server/connection.js';
import type { Deployment, Endpoint } from '../server/types.js';
import { Hearing } from './hearing.js';
import { Refusals } from './refusals.js';

export interface Probed {
  node: Endpoint;
  /** The one that stands, or a new one. */
  connected(): Connection;
  /** Shards that it is asked for. */
  shards: Set<number>;
  /** Shards that it served last: of those it is also read from. */
  serving: Set<number>;
  hearing: Hearing;
  refusals: Refusals;
  close(): void;
}

/** `origin`: the moment of performance.now's zero, on the run's clock. */
export const probedNodes = (
  { all }: Deployment,
  { every, patience, origin }: { every: number; patience: number; origin: number },
): Probed[] =>
  all.map((node) => {
    const hearing = new Hearing(every);
    let connection: Connection | undefined;
    return {
      node,
      connected: () => {
        if (!connection || connection.closed)
          connection = node.open({
            to: node.front,
            timeout: patience,
            connectTimeout: patience,
            onClose: (at, why) => hearing.closed(at + origin, why),
          });
        return connection;
      },
      // A sentinel, and who belongs to nothing, serves nobody: it is only asked whether it is there.
      shards: new Set(node.initial.shard === 0 || watches(node.initial) ? [] : [node.initial.shard]),
      serving: new Set(),
      hearing,
      refusals: new Refusals(node.lives),
      close: () => connection?.close(),
    };
  });

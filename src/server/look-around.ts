/** Looks at all servers once, at the same time. */
import type { ClusterView } from '../deployment/types.js';
import type { Connection } from './connection.js';
import type { Deployment, Endpoint } from './types.js';

/** ms. */
const PATIENCE = 1000;
const CONNECT = 500;

interface Line {
  connection: Connection;
  /** Ends with the look. */
  once: boolean;
}
export type Connect = (node: Endpoint) => Line;

export const openLine = (node: Endpoint): Connection => node.open({ connectTimeout: CONNECT });

const afresh: Connect = (node) => ({ connection: openLine(node), once: true });

export async function lookAround(
  { all, lookAt, consensus }: Pick<Deployment, 'all' | 'lookAt' | 'consensus'>,
  now: () => number,
  connect = afresh,
): Promise<ClusterView> {
  const views = await Promise.all(
    all.map(async (node) => {
      const { connection, once } = connect(node);
      try {
        return await lookAt(node, connection, now, { timeout: PATIENCE });
      } finally {
        if (once) connection.close();
      }
    }),
  );
  return consensus(new Map(views.map((view) => [view.node, view])), now());
}

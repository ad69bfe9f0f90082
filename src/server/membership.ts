/** Who knows whom, as the nodes themselves say. */
import { type NodeLine, parseNodes } from '../deployment/nodes-text.js';
import type { Deployment, Endpoint } from './types.js';

/** CLUSTER NODES of one node, line by line. */
export const linesOf = async (node: Endpoint): Promise<NodeLine[]> =>
  parseNodes(String(await node.call(['CLUSTER', 'NODES'])));

export const idNow = async (node: Endpoint): Promise<string> => String(await node.call(['CLUSTER', 'MYID']));

/** Does this line speak of the node under this id, as of a member? */
export const speaksOf = (line: NodeLine, node: Endpoint, id: string): boolean =>
  line.id === id && line.host === node.announced.host && !line.flags.has('handshake');

/**
 * Has the node come back under an id of its own that it did not have before, and has somebody let it in? Then it is
 * a member again, by whoever's doing.
 */
export async function readmitted(node: Endpoint, before: string, topology: Deployment): Promise<boolean> {
  try {
    const id = await idNow(node);
    if (id === before || topology.identities.nameOf(id) !== node.name) return false;
    const others = topology.nodes.filter((other) => other !== node);
    const told = await Promise.allSettled(others.map(linesOf));
    return told.some(({ status, ...result }) =>
      status === 'fulfilled' ? (result as { value: NodeLine[] }).value.some((line) => speaksOf(line, node, id)) : false,
    );
  } catch {
    // It is down.
    return false;
  }
}

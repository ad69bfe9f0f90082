/** Who knows whom, as the nodes themselves say. */
import { type NodeLine, parseNodes } from '../topology/nodes-text.js';
import type { RedisNode } from '../topology/types.js';
import type { ProcedureContext } from './types.js';

/** CLUSTER NODES of one node, line by line. */
export const linesOf = async (node: RedisNode): Promise<NodeLine[]> =>
  parseNodes(String(await node.call(['CLUSTER', 'NODES'])));

/** The other nodes that answer. */
export const peersOf = (node: RedisNode, ctx: ProcedureContext): RedisNode[] =>
  ctx.topology.nodes.filter((peer) => peer !== node && ctx.view().nodes.get(peer.name)?.reachable);

/** Peers that know no node of this id at the node's address. */
export async function strangerTo(node: RedisNode, id: string, ctx: ProcedureContext): Promise<string[]> {
  const peers = peersOf(node, ctx);
  const known = await Promise.all(
    peers.map(async (peer) =>
      (await linesOf(peer)).some((line) => line.id === id && line.host === node.announced.host),
    ),
  );
  return peers.filter((_, i) => !known[i]).map((peer) => peer.name);
}

import { linesOf, speaksOf } from '../server/membership.js';
import type { Endpoint } from '../server/types.js';
import type { ProcedureContext } from './types.js';

/** The other nodes that answer. */
export const peersOf = <Node extends Endpoint>(node: Node, ctx: ProcedureContext<Node>): Node[] =>
  ctx.deployment.nodes.filter((peer) => peer !== node && ctx.view().nodes.get(peer.name)?.reachable);

/** Peers that answer, and know no member of this id at the node's address. */
export async function strangerTo(node: Endpoint, id: string, ctx: ProcedureContext): Promise<string[]> {
  const peers = peersOf(node, ctx);
  const known = await Promise.all(
    peers.map(async (peer) => (await linesOf(peer)).some((line) => speaksOf(line, node, id))),
  );
  return peers.filter((_, i) => !known[i]).map((peer) => peer.name);
}

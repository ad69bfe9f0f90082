import { linesOf, speaksOf } from '../server/membership.js';
import type { ManagedNode } from '../topology/types.js';
import type { ProcedureContext } from './types.js';

/** The other nodes that answer. */
export const peersOf = (node: ManagedNode, ctx: ProcedureContext): ManagedNode[] =>
  ctx.topology.nodes.filter((peer) => peer !== node && ctx.view().nodes.get(peer.name)?.reachable);

/** Peers that answer, and know no member of this id at the node's address. */
export async function strangerTo(node: ManagedNode, id: string, ctx: ProcedureContext): Promise<string[]> {
  const peers = peersOf(node, ctx);
  const known = await Promise.all(
    peers.map(async (peer) => (await linesOf(peer)).some((line) => speaksOf(line, node, id))),
  );
  return peers.filter((_, i) => !known[i]).map((peer) => peer.name);
}

/**
 * Would reading the slot map tell a client anything new? The library asks for it after every error, and takes up to 10 ms of CPU time
 * to read and apply it where there are 120 nodes: while a shard is lost it does nothing else. What a node says is compared
 * before that, once for all clients of the load.
 */
import type { Reply } from '../server/resp.js';
import type { Endpoint } from '../server/types.js';

export interface SlotMap {
  /** Who owns what by a node that answers, as one text to compare; undefined where nobody was found who does. */
  read(): Promise<string | undefined>;
}

/** ms for which what was read is shared. */
const FRESH = 100;
/** Nodes that are asked in one reading. */
const TRIES = 3;
/** ms for one of them. */
const PATIENCE = 500;

export function slotMapOf(nodes: readonly Pick<Endpoint, 'call'>[], now = () => performance.now()): SlotMap {
  let held: { at: number; map: Promise<string | undefined> } | undefined;
  let turn = 0;

  const ask = async (): Promise<string | undefined> => {
    for (let tries = 0; tries < TRIES; tries++) {
      // Nobody is asked all the time: one that was cut off from the others would not hear of what changes.
      const node = nodes[turn++ % nodes.length]!;
      const reply = await node.call(['CLUSTER', 'SLOTS'], { timeout: PATIENCE }).catch(() => undefined);
      const map = ownersIn(reply);
      if (map !== undefined) return map;
    }
    return undefined;
  };

  return {
    read() {
      if (!held || now() - held.at > FRESH) held = { at: now(), map: ask() };
      return held.map;
    },
  };
}

/** [[first, last, [host, port, id, …], replicas …], …], in any order: replicas and metadata make no difference to who is written to. */
export function ownersIn(reply: Reply | undefined): string | undefined {
  if (!Array.isArray(reply)) return undefined;
  return reply
    .map((range) => {
      const [first, last, owner] = Array.isArray(range) ? range : [];
      const [host, port] = Array.isArray(owner) ? owner : [];
      return `${first}-${last} ${host}:${port}`;
    })
    .sort()
    .join();
}

/** Readings of an unchanged map before the library's own is left out: after a change nodes do not all know of it at once. */
const SETTLED = 2;

/** Should the library read the map, which these readings of it came to, one after the other? */
export function newsFilter(): (map: string | undefined) => boolean {
  let known: string | undefined;
  let same = 0;
  return (map) => {
    same = map !== undefined && map === known ? same + 1 : 0;
    known = map;
    return same < SETTLED;
  };
}

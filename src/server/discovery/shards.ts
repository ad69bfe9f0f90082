/** Which shards a cluster has, by the slots as they are owned now. Slots that nobody owns belong to none. */
import { slotOwner, stretchesIn } from '../../deployment/consensus.js';
import type { NodeView, SlotRange } from '../../deployment/types.js';
import { mostHeld } from '../owners.js';

interface Shard {
  owner: string;
  slots: SlotRange[];
  /** Who follows the owner, by its own word, or by the owner's where it is silent. */
  replicas: string[];
}

/** In the order of their first slots. Where no majority holds an owner, it is the one that most nodes hold. */
export function shardsIn(views: ReadonlyMap<string, NodeView>): Shard[] {
  const nodes = new Map(views);
  const found = new Map<string, SlotRange[]>();
  for (const [first, last] of stretchesIn(views.values())) {
    const owner = slotOwner(first, { nodes }) ?? mostHeld(first, { nodes });
    if (owner === undefined || !views.has(owner)) continue;
    const slots = found.get(owner) ?? [];
    const before = slots.at(-1);
    if (before && before[1] === first - 1) before[1] = last;
    else slots.push([first, last]);
    found.set(owner, slots);
  }
  return [...found].map(([owner, slots]) => ({ owner, slots, replicas: replicasIn(owner, views) }));
}

const replicasIn = (owner: string, views: ReadonlyMap<string, NodeView>): string[] =>
  [...views.values()].flatMap(({ node, reachable, peers }) => {
    if (node === owner) return [];
    const peer = reachable ? peers.get(node) : views.get(owner)?.peers.get(node);
    const told = peer ?? [...views.values()].find((other) => other.peers.has(node))?.peers.get(node);
    return told?.role === 'replica' && told.primary === owner ? [node] : [];
  });

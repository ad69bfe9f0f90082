import { inRanges } from '../deployment/slots.js';
import type { PeerView } from '../deployment/types.js';

interface Seen {
  owners: ReadonlyMap<number, string>;
  nodes: ReadonlyMap<string, { peers: ReadonlyMap<string, Pick<PeerView, 'role' | 'primary' | 'slots'>> }>;
}

/**
 * Of which shards a node serves, or may at any moment: nodes change shards (replica migration, a new owner), and slots change
 * nodes. A replica counts from when it follows a shard's owner: when it takes over it serves before anybody has seen it lead.
 *
 * @param slots the one that is asked of, for each shard.
 */
export function mayServe(name: string, { owners, nodes }: Seen, slots: readonly number[]): number[] {
  const self = nodes.get(name)?.peers.get(name);
  const near = [...owners].filter(([, owner]) => owner === name || owner === self?.primary).map(([shard]) => shard);
  const has = slots.flatMap((slot, i) => (self?.role === 'primary' && inRanges(slot, self.slots) ? [i + 1] : []));
  return [...new Set([...near, ...has])];
}

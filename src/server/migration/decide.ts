/** Who is to own a slot that is in trouble? Pure: what the primaries say in, one node out. */
import type { Holder, SlotFacts } from './facts.js';

export interface Decision {
  to: string;
  /** Where the keys go on to their target, or where the slot is only closed. */
  kind: 'forward' | 'close' | 'claim';
  why: string;
}

/**
 * Forward wherever a key may have been moved, or may still be moved by a client that was sent on with ASK: giving the slot
 * back to its source (handbook 5.7) would orphan the keys that are at the target. Closing is right only while one side is
 * open and the other side never held a key.
 *
 * @returns undefined when no primary is left to own it.
 */
export function decide({ holders, beside }: Pick<SlotFacts, 'holders' | 'beside'>): Decision | undefined {
  const target = targetOf(holders);
  if (target) return forward(target);
  const owners = holders.filter(({ owns }) => owns);
  if (owners.length === 1) {
    const [owner] = owners as [Holder];
    const strays = holders.filter((holder) => holder !== owner && holder.keys > 0);
    return {
      to: owner.node,
      kind: 'close',
      why:
        strays.length > 0
          ? `${owner.node} owns it; ${strays.map(({ node, keys }) => `${keys} keys lie on ${node}`).join(', ')}`
          : `${owner.node} owns it and no other node holds a key of it`,
    };
  }
  if (owners.length > 1) {
    const [best] = [...owners].sort((a, b) => b.keys - a.keys || b.epoch - a.epoch) as [Holder];
    const claims = owners.map(({ node, keys, epoch }) => `${node} (${keys} keys, epoch ${epoch})`).join(' and ');
    return { to: best.node, kind: 'claim', why: `${claims} claim it; ${best.node} has the better claim` };
  }
  return unowned(holders, beside);
}

const forward = ({ node, keys }: Holder): Decision => ({
  to: node,
  kind: 'forward',
  why: keys > 0 ? `${node} holds ${keys} of its keys already` : `both sides are open, so clients are sent to ${node}`,
});

/**
 * The target of a migration that began: an importer with keys or with a source that sends clients on. A failover wipes
 * the state of either side on Redis: then it is told by its keys, and a source whose target is no primary any more means
 * the node that has them now.
 */
function targetOf(holders: readonly Holder[]): Holder | undefined {
  const isTarget = (holder: Holder): boolean => {
    const sent = holders.some(
      ({ node, migratingTo }) =>
        node !== holder.node &&
        migratingTo !== undefined &&
        (migratingTo === holder.node || (holder.keys > 0 && !holders.some((other) => other.node === migratingTo))),
    );
    if (holder.importingFrom !== undefined) return sent || holder.keys > 0;
    return sent && (holder.keys > 0 || holder.owns);
  };
  return holders.filter(isTarget).sort((a, b) => b.keys - a.keys)[0];
}

function unowned(holders: readonly Holder[], beside: string | undefined): Decision | undefined {
  const [most] = [...holders].sort((a, b) => b.keys - a.keys || b.epoch - a.epoch);
  if (!most) return undefined;
  if (most.keys > 0)
    return { to: most.node, kind: 'claim', why: `nobody owns it; ${most.node} has its ${most.keys} keys` };
  const to = holders.find(({ node }) => node === beside)?.node ?? most.node;
  return { to, kind: 'claim', why: `nobody owns it and it has no keys; ${to} owns its neighbour` };
}

/**
 * What the primaries say of a slot. Only primaries are believed: on Redis a replica knows nothing of open slots, on
 * Valkey 8 and newer it shows them as its primary does.
 */

import { parseOpen } from '../../deployment/open-slots.js';
import { countShared, countSlots, inRanges, SLOTS } from '../../deployment/slots.js';
import { ownerByTable } from '../../deployment/table-facts.js';
import type { ClusterView, NodeView, PeerView } from '../../deployment/types.js';
import { encode } from '../resp.js';
import type { Deployment, Endpoint } from '../types.js';
import { countKeys } from './wire.js';

/** One primary's part in a slot. Nodes by name. */
export interface Holder {
  node: string;
  /** It claims the slot itself. */
  owns: boolean;
  /** Whom it holds for the owner. */
  believes?: string;
  epoch: number;
  keys: number;
  migratingTo?: string;
  importingFrom?: string;
}

export interface SlotFacts {
  slot: number;
  holders: Holder[];
  /** Owner of the next slot: where a slot goes that nobody owns and that has no keys. */
  beside?: string;
  /** Primaries that don't answer: which keys they hold can't be known. */
  silent: string[];
  /** A node that claims all that another one claims: one of them has been replaced and does not know it yet. */
  replaced?: string;
}

const primariesIn = (view: ClusterView): NodeView[] =>
  [...view.nodes.values()].filter((node) => node.reachable && node.peers.get(node.node)?.role === 'primary');

/** Asks every primary about one slot. */
export async function factsOf(slot: number, topology: Deployment): Promise<SlotFacts> {
  const view = await topology.look();
  const primaries = primariesIn(view);
  const keys = await Promise.all(primaries.map(({ node }) => countKeys(topology.node(node), slot)));
  return factsFrom(slot, view, topology, new Map(primaries.map(({ node }, i) => [node, keys[i]!])));
}

function factsFrom(
  slot: number,
  view: ClusterView,
  topology: Deployment,
  keys: ReadonlyMap<string, number>,
): SlotFacts {
  const primaries = primariesIn(view);
  const holders = primaries.map((seen): Holder => {
    const self = seen.peers.get(seen.node)!;
    const open = self.open.map(parseOpen).filter((one) => one?.slot === slot);
    const peerOf = (state: string): string | undefined => {
      const found = open.find((one) => one!.state === state);
      return found && topology.identities.nameOf(found.peer);
    };
    const [believes, migratingTo, importingFrom] = [
      ownerByTable(seen.peers, slot),
      peerOf('migrating'),
      peerOf('importing'),
    ];
    return {
      node: seen.node,
      owns: inRanges(slot, self.slots),
      epoch: self.epoch,
      keys: keys.get(seen.node) ?? 0,
      ...(believes !== undefined && { believes }),
      ...(migratingTo !== undefined && { migratingTo }),
      ...(importingFrom !== undefined && { importingFrom }),
    };
  });
  const beside =
    primaries[0] && (ownerByTable(primaries[0].peers, slot + 1) ?? ownerByTable(primaries[0].peers, slot - 1));
  const replaced = replacedIn(primaries);
  return {
    slot,
    holders,
    silent: silentPrimaries(view),
    ...(beside !== undefined && { beside }),
    ...(replaced !== undefined && { replaced }),
  };
}

/** Counter-example: two nodes that claim one slot in dispute, among others that are their own. */
function replacedIn(primaries: readonly NodeView[]): string | undefined {
  const claims = primaries.map(({ node, peers }) => ({ node, ...peers.get(node)! }));
  return claims.find(({ node, slots, epoch }) =>
    claims.some(
      (other) =>
        other.node !== node &&
        slots.length > 0 &&
        epoch < other.epoch &&
        countShared(slots, other.slots) === countSlots(slots),
    ),
  )?.node;
}

/** Looks at all slots of all primaries. @returns those that are open, unowned, claimed twice, or have keys where they don't belong. */
export async function survey(topology: Deployment): Promise<SlotFacts[]> {
  const view = await topology.look();
  const primaries = primariesIn(view);
  const counts = await Promise.all(primaries.map(({ node }) => countAll(topology.node(node))));
  const owners = primaries.map(ownersBySlot);
  const open = new Set(
    primaries.flatMap(({ node, peers }) => peers.get(node)!.open.map((one) => parseOpen(one)?.slot)),
  );
  const troubled: SlotFacts[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    const [first, ...others] = owners.map((of) => of[slot]);
    const agreed = first !== undefined && others.every((other) => other === first);
    const strays = primaries.some(({ node }, i) => node !== first && counts[i]![slot]! > 0);
    const claimed = primaries.some(({ node }) => node === first);
    if (agreed && claimed && !strays && !open.has(slot)) continue;
    const keys = new Map(primaries.map(({ node }, i) => [node, counts[i]![slot]!]));
    const facts = factsFrom(slot, view, topology, keys);
    if (isTroubled(facts)) troubled.push(facts);
  }
  return troubled;
}

/** Whom one node holds for the owner of each slot. */
function ownersBySlot({ peers }: NodeView): (string | undefined)[] {
  const owners = new Array<string | undefined>(SLOTS).fill(undefined);
  for (const [name, { role, slots }] of peers)
    if (role === 'primary') for (const [first, last] of slots) owners.fill(name, first, last + 1);
  return owners;
}

export function isTroubled({ holders }: SlotFacts): boolean {
  const owners = holders.filter(({ owns }) => owns);
  if (owners.length !== 1) return true;
  const [owner] = owners;
  return holders.some(
    (holder) =>
      holder.migratingTo !== undefined ||
      holder.importingFrom !== undefined ||
      holder.believes !== owner!.node ||
      (holder !== owner && holder.keys > 0),
  );
}

/** Nodes that a primary holds for a primary with slots and that don't answer. Of a slot that it imports it knows no news. */
function silentPrimaries(view: ClusterView): string[] {
  const named = primariesIn(view).flatMap((seen) => {
    const imports = (slot: number): boolean =>
      seen.peers.get(seen.node)!.open.some((text) => parseOpen(text)?.slot === slot);
    const leads = ({ role, slots }: PeerView): boolean =>
      role === 'primary' && slots.some(([first, last]) => first < last || !imports(first));
    return [...seen.peers].flatMap(([name, peer]) => (leads(peer) ? [name] : []));
  });
  return [...new Set(named)].filter((name) => !view.nodes.get(name)?.reachable).sort();
}

/** Slots that are asked about in one go: a server answers them before it turns to its other clients. */
const WINDOW = 1024;

/** Asked of every primary, and always the same: encoded once. */
const questions = Array.from({ length: SLOTS / WINDOW }, (_, window) => () => {
  const all = Array.from({ length: WINDOW }, (__, i) => encode(['CLUSTER', 'COUNTKEYSINSLOT', window * WINDOW + i]));
  return Buffer.concat(all);
}).map(once);

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

async function countAll(node: Endpoint): Promise<number[]> {
  const connection = node.open({ timeout: 30_000 });
  const counts: number[] = [];
  try {
    for (const question of questions)
      counts.push(...(await connection.callEncoded(question(), WINDOW, 30_000)).map(Number));
  } finally {
    connection.close();
  }
  return counts;
}

/**
 * CLUSTER NODES of one node after another, read without work where nothing changed: in a table of N lines two numbers of each
 * line always differ (when it was pinged, when it answered), the rest hardly ever does. What is unchanged is the same object
 * as before, so that whoever comes after can tell by comparing references.
 */

import { healthOf, isPrimary, type NodeLine, parseNodes } from '../deployment/nodes-text.js';
import type { PeerView } from '../deployment/types.js';
import type { Addresses } from './addresses.js';
import { formerName, type Identities } from './identities.js';

export type Peers = Map<string, PeerView>;

export interface TableReader {
  /** Who the node's peers are by its own table. */
  read(node: string, text: string): Peers;
}

/** A line around its two restless fields. */
interface Row {
  head: string;
  tail: string;
  name: string;
  peer: PeerView;
}

interface Table {
  rows: Row[];
  peers: Peers;
  /** Of what was known of ids and addresses. */
  version: number;
  self: string | undefined;
}

/** Where nodes are, as far as it is known. */
type Whereabouts = Pick<Addresses, 'hostOf' | 'version'>;
const unknown: Whereabouts = { hostOf: () => undefined, version: 0 };

export function tableReader(identities: Identities, addresses = unknown): TableReader {
  const tables = new Map<string, Table>();
  return {
    read(node, text) {
      const before = tables.get(node);
      if (before?.version === versionOf(identities, addresses) && isSame(before.rows, text)) return before.peers;
      const now = readTable(text, node, identities, addresses, before);
      tables.set(node, now);
      return now.peers;
    },
  };
}

/** Either only grows. */
const versionOf = (identities: Identities, addresses: Whereabouts): number => identities.version + addresses.version;

function isSame(rows: readonly Row[], text: string): boolean {
  let at = 0;
  for (const { head, tail } of rows) {
    if (!text.startsWith(head, at)) return false;
    const rest = afterTwo(text, at + head.length);
    if (!text.startsWith(tail, rest)) return false;
    at = rest + tail.length;
  }
  return at === text.length;
}

/** Where two more fields are over. */
const afterTwo = (text: string, at: number): number => text.indexOf(' ', text.indexOf(' ', at) + 1);

/** Takes note of the id under which the node speaks, and names every line by who bears its id. */
export function readPeers(text: string, node: string, identities: Identities, addresses = unknown): Peers {
  return readTable(text, node, identities, addresses, undefined).peers;
}

function readTable(
  text: string,
  node: string,
  identities: Identities,
  addresses: Whereabouts,
  before: Table | undefined,
): Table {
  const lines = text.split(/(?<=\n)/).filter((line) => line.trim() !== '');
  const parts = lines.map(split);
  const self = parts.find(({ head }) => /^\S+ \S+ \S*\bmyself\b/.test(head))?.head.split(' ', 1)[0];
  if (self !== undefined) identities.learn(node, self);
  // Its own line is the node's whatever id stands there: with a copied nodes.conf it is a peer's.
  const nameOf = (id: string): string => {
    if (id === self) return node;
    const name = identities.nameOf(id);
    return name === node ? formerName(name, id) : name;
  };
  const known = new Map<string, Row>();
  if (before?.version === versionOf(identities, addresses) && before.self === self)
    for (const row of before.rows) known.set(row.head + row.tail, row);
  const rows = parts.map(({ head, tail }, i): Row => {
    const same = known.get(head + tail);
    if (same) return same;
    const [line] = parseNodes(lines[i]!) as [NodeLine];
    const name = nameOf(line.id);
    return { head, tail, name, peer: peerIn(line, nameOf, addresses.hostOf(name)) };
  });
  const peers = new Map(rows.map(({ name, peer }) => [name, peer]));
  return { rows, peers, version: versionOf(identities, addresses), self };
}

function split(line: string): { head: string; tail: string } {
  let at = 0;
  for (let field = 0; field < 4; field++) at = line.indexOf(' ', at) + 1;
  return { head: line.slice(0, at), tail: line.slice(afterTwo(line, at)) };
}

function peerIn(line: NodeLine, nameOf: (id: string) => string, host: string | undefined): PeerView {
  const primary = line.primaryId && nameOf(line.primaryId);
  return {
    role: isPrimary(line.flags) ? 'primary' : 'replica',
    health: healthOf(line.flags),
    ...(primary !== undefined && { primary }),
    epoch: line.epoch,
    slots: line.slots,
    open: line.open,
    linked: line.linked || line.flags.has('myself'),
    ...(host !== undefined && host !== line.host && { misplaced: line.host }),
  };
}

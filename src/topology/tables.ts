/**
 * CLUSTER NODES of one node after another, read without work where nothing changed: in a table of N lines two numbers of each
 * line always differ (when it was pinged, when it answered), the rest hardly ever does. What is unchanged is the same object
 * as before, so that whoever comes after can tell by comparing references.
 */
import { formerName, type Identities } from './identities.js';
import { healthOf, isPrimary, type NodeLine, parseNodes } from './nodes-text.js';
import type { PeerView } from './types.js';

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
  identities: number;
  self: string | undefined;
}

export function tableReader(identities: Identities): TableReader {
  const tables = new Map<string, Table>();
  return {
    read(node, text) {
      const before = tables.get(node);
      if (before?.identities === identities.version && isSame(before.rows, text)) return before.peers;
      const now = readTable(text, node, identities, before);
      tables.set(node, now);
      return now.peers;
    },
  };
}

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
export function readPeers(text: string, node: string, identities: Identities): Peers {
  return readTable(text, node, identities, undefined).peers;
}

function readTable(text: string, node: string, identities: Identities, before: Table | undefined): Table {
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
  if (before?.identities === identities.version && before.self === self)
    for (const row of before.rows) known.set(row.head + row.tail, row);
  const rows = parts.map(({ head, tail }, i): Row => {
    const same = known.get(head + tail);
    if (same) return same;
    const [line] = parseNodes(lines[i]!) as [NodeLine];
    return { head, tail, name: nameOf(line.id), peer: peerIn(line, nameOf) };
  });
  const peers = new Map(rows.map(({ name, peer }) => [name, peer]));
  return { rows, peers, identities: identities.version, self };
}

function split(line: string): { head: string; tail: string } {
  let at = 0;
  for (let field = 0; field < 4; field++) at = line.indexOf(' ', at) + 1;
  return { head: line.slice(0, at), tail: line.slice(afterTwo(line, at)) };
}

function peerIn(line: NodeLine, nameOf: (id: string) => string): PeerView {
  const primary = line.primaryId && nameOf(line.primaryId);
  return {
    role: isPrimary(line.flags) ? 'primary' : 'replica',
    health: healthOf(line.flags),
    ...(primary !== undefined && { primary }),
    epoch: line.epoch,
    slots: line.slots,
    open: line.open,
    linked: line.linked || line.flags.has('myself'),
  };
}

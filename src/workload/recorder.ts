/** Turns the observer's looks into the recording: a row for each look, and a record only where a view changed. */
import { outOfSync } from '../deployment/problems.js';
import type { NodeView, Opinion, PeerView } from '../deployment/types.js';
import type { ViewChange } from '../recording/recording.js';
import { newSamples, Role, type Samples } from '../recording/tables.js';
import type { Endpoint } from '../server/types.js';

export interface Recorder {
  readonly samples: Samples;
  readonly views: ViewChange[];
  look(view: NodeView, since: number): void;
}

const roles = {
  unreachable: Role.unreachable,
  primary: Role.primary,
  replica: Role.replica,
  loading: Role.loading,
  sentinel: Role.sentinel,
} as const;

export function startRecorder(nodes: readonly Endpoint[]): Recorder {
  const samples = newSamples();
  const views: ViewChange[] = [];
  const indexOf = new Map(nodes.map((node) => [node.name, node.index]));
  const before = new Map<string, Last>();
  return {
    samples,
    views,
    look: (view, since) => {
      samples.push({
        t: view.t,
        node: indexOf.get(view.node)!,
        role: roles[view.role],
        offset: view.offset,
        link: view.role === 'replica' && outOfSync(view) === undefined ? 1 : 0,
        syncing: view.syncing ? 1 : 0,
        replicasOnline: view.replicasOnline,
        usedMemory: view.usedMemory,
        evictedKeys: view.evictedKeys,
      });
      const last = before.get(view.node) ?? { facts: '', table: since, peers: undefined, opinions: new Map() };
      before.set(view.node, last);
      const facts = `${view.reachable} ${view.role === 'loading'} ${view.state} ${view.runId}`;
      // A glance asks for no table: what is in the next one came about since the last one.
      const asked = view.tableAt === undefined || view.tableAt === view.t;
      const tableSince = last.table;
      if (asked) last.table = view.t;
      const [shown, hidden] = asked ? opinionsIn(view, last) : [[], []];
      const gone = asked ? goneFrom(view, last) : [];
      const told = facts !== last.facts;
      last.facts = facts;
      last.peers = view.peers;
      const write = (from: number, opinions: Opinion[], gone: string[] = []): void =>
        void views.push({
          t: view.t,
          since: from,
          node: view.node,
          reachable: view.reachable,
          ...(view.state !== 'unknown' && { state: view.state }),
          ...(view.reachable && { currentEpoch: view.currentEpoch, runId: view.runId }),
          ...(view.role === 'loading' && { loading: true }),
          opinions,
          ...(gone.length > 0 && { gone }),
        });
      const hides = hidden.length + gone.length > 0;
      if (tableSince >= since) {
        if (told || hides || shown.length > 0) write(since, [...shown, ...hidden], gone);
        return;
      }
      if (hides) write(tableSince, hidden, gone);
      if (told || shown.length > 0) write(since, shown);
    },
  };
}

interface Last {
  facts: string;
  /** When its table was read last. */
  table: number;
  peers: NodeView['peers'] | undefined;
  opinions: Map<string, { peer: PeerView; text: string }>;
}

/** What the node holds anew: of whom it would have shown at the look before, and of others. */
function opinionsIn(view: NodeView, { peers, opinions }: Last): [shown: Opinion[], hidden: Opinion[]] {
  const shown: Opinion[] = [];
  const hidden: Opinion[] = [];
  if (view.peers === peers) return [shown, hidden];
  for (const [about, peer] of view.peers) {
    const last = opinions.get(about);
    if (last?.peer === peer) continue;
    const opinion = opinionOf(about, peer);
    const text = JSON.stringify(opinion);
    opinions.set(about, { peer, text });
    if (last?.text === text) continue;
    (showsInSummary(peer, last?.peer) ? shown : hidden).push(opinion);
  }
  return [shown, hidden];
}

/** Whom it lists no more. One that does not answer, or loads its data, lists nobody for a while, and has forgotten nobody. */
function goneFrom({ peers }: NodeView, { peers: before, opinions }: Last): string[] {
  if (peers === before || peers.size === 0) return [];
  const gone = [...opinions.keys()].filter((name) => !peers.has(name));
  for (const name of gone) opinions.delete(name);
  return gone;
}

/** A node's summary counts the slots that are served, suspected and lost, and knows the newest epoch (look.ts). */
const showsInSummary = (now: PeerView, before: PeerView | undefined): boolean =>
  before !== undefined &&
  (now.slots.length > 0 || before.slots.length > 0) &&
  (now.health !== before.health || now.epoch !== before.epoch);

const opinionOf = (about: string, peer: PeerView): Opinion => ({
  about,
  role: peer.role,
  health: peer.health,
  ...(peer.primary !== undefined && { primary: peer.primary }),
  epoch: peer.epoch,
  slots: peer.slots,
  ...(peer.open.length > 0 && { open: peer.open }),
  linked: peer.linked,
});

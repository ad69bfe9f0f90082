/** Turns the observer's looks into the recording: a row for each look, and a record only where a view changed. */
import { outOfSync } from '../topology/look.js';
import type { NodeView, PeerView, RedisNode } from '../topology/types.js';
import type { Opinion, ViewChange } from './recording.js';
import { newSamples, Role, type Samples } from './tables.js';

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

export function startRecorder(nodes: readonly RedisNode[]): Recorder {
  const samples = newSamples();
  const views: ViewChange[] = [];
  const indexOf = new Map(nodes.map((node) => [node.name, node.index]));
  const before = new Map<string, { facts: string; opinions: Map<string, string> }>();
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
      const last = before.get(view.node) ?? { facts: '', opinions: new Map<string, string>() };
      const facts = `${view.reachable} ${view.state} ${view.runId}`;
      const opinions: Opinion[] = [];
      for (const [about, peer] of view.peers) {
        const opinion = opinionOf(about, peer);
        const text = JSON.stringify(opinion);
        if (last.opinions.get(about) === text) continue;
        last.opinions.set(about, text);
        opinions.push(opinion);
      }
      if (facts === last.facts && opinions.length === 0) return;
      last.facts = facts;
      before.set(view.node, last);
      views.push({
        t: view.t,
        since,
        node: view.node,
        reachable: view.reachable,
        ...(view.state !== 'unknown' && { state: view.state }),
        ...(view.reachable && { currentEpoch: view.currentEpoch, runId: view.runId }),
        opinions,
      });
    },
  };
}

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

/** A node as the last poll saw it. */
import type { NodeView, PeerView } from './types.js';

/** It answers, and says what it holds. */
export const isAnswering = ({ reachable, role }: NodeView): boolean => reachable && role !== 'loading';

/** One for all, so that a node that goes on being silent is seen to be as before. */
const nobody: ReadonlyMap<string, PeerView> = new Map();

export const unreachable = (node: string, t: number): NodeView => ({
  node,
  t,
  reachable: false,
  role: 'unreachable',
  state: 'unknown',
  currentEpoch: 0,
  offset: 0,
  replid: '',
  linkUp: false,
  syncing: false,
  linkDownFor: 0,
  lag: 0,
  priority: 0,
  replicasOnline: 0,
  runId: '',
  usedMemory: 0,
  evictedKeys: 0,
  peers: nobody,
});

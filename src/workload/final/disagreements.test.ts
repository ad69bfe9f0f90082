import { describe, expect, it } from 'vitest';
import type { ClusterView, DeploymentKind, NodeView, PeerView } from '../../deployment/types.js';
import { unreachable } from '../../deployment/views.js';
import { type Asked, disagreements } from './disagreements.js';

type Held = Partial<PeerView>;
const peer = (change: Held): PeerView => ({
  role: 'replica',
  health: 'ok',
  epoch: 0,
  slots: [],
  open: [],
  linked: true,
  ...change,
});

/** Two shards with a replica each; `of` changes what one node says of itself or a peer. */
function cluster(of: Record<string, Partial<NodeView> & { holds?: Record<string, Held> }> = {}): ClusterView {
  const all: Record<string, Held> = {
    'node-1': { role: 'primary', slots: [[0, 8191]], epoch: 1 },
    'node-2': { role: 'primary', slots: [[8192, 16_383]], epoch: 2 },
    'node-3': { primary: 'node-1', epoch: 1 },
    'node-4': { primary: 'node-2', epoch: 2 },
  };
  const nodes = Object.keys(all).map((node): NodeView => {
    const { holds = {}, ...self } = of[node] ?? {};
    return {
      ...unreachable(node, 0),
      reachable: true,
      role: all[node]!.role === 'primary' ? 'primary' : 'replica',
      state: 'ok',
      peers: new Map(Object.entries(all).map(([name, held]) => [name, peer({ ...held, ...holds[name] })])),
      ...self,
    };
  });
  return {
    t: 0,
    nodes: new Map(nodes.map((node) => [node.node, node])),
    owners: new Map(),
    failed: new Set(),
    quorate: true,
    agree: true,
    problems: [],
  };
}

const told = (
  view: ClusterView,
  kind: DeploymentKind = 'cluster',
  asked?: Map<string, Asked>,
): Record<string, string> => Object.fromEntries(disagreements(view, kind, asked));

describe('what keeps nodes from agreeing', () => {
  it('is nothing in a sound cluster', () => {
    expect(told(cluster())).toEqual({});
  });

  it('is a node that does not answer, and who flags it', () => {
    expect(
      told(cluster({ 'node-3': { reachable: false }, 'node-2': { holds: { 'node-3': { health: 'pfail' } } } })),
    ).toEqual({
      'node-3': 'does not answer',
      'node-2': 'holds node-3 for PFAIL',
    });
  });

  it('is a replica that is healthy and was left at PFAIL', () => {
    expect(told(cluster({ 'node-1': { holds: { 'node-4': { health: 'pfail' } } } }))).toEqual({
      'node-1': 'holds node-4 for PFAIL',
    });
  });

  it('is a primary that a sentinel still holds for down', () => {
    const view = cluster({ 'node-1': { holds: { 'node-2': { health: 'pfail' } } } });
    expect(told(view, 'sentinel')).toEqual({ 'node-1': 'holds node-2 for SDOWN' });
  });

  it('is a replica of a replica', () => {
    expect(told(cluster({ 'node-4': { holds: { 'node-4': { primary: 'node-3' } } } }))).toEqual({
      'node-4': 'is a replica of node-3, itself a replica',
    });
  });

  it('is another epoch of the same primary, and the same epoch of two', () => {
    expect(told(cluster({ 'node-4': { holds: { 'node-1': { epoch: 7 } } } }))).toEqual({
      'node-4': 'holds another view of who leads than most nodes',
    });
    const both = { 'node-2': { epoch: 1 } };
    const view = cluster({
      'node-1': { holds: both },
      'node-2': { holds: both },
      'node-3': { holds: both },
      'node-4': { holds: both },
    });
    expect(told(view)).toEqual({
      'node-1': 'has the same epoch as node-2: 1',
      'node-2': 'has the same epoch as node-1: 1',
    });
  });

  it('is a shard id that differs from that of the primary', () => {
    const asked = new Map([
      ['node-1', { shardId: 'a' }],
      ['node-3', { shardId: 'b' }],
      ['node-2', { shardId: 'c' }],
      ['node-4', { shardId: 'c' }],
    ]);
    expect(told(cluster(), 'cluster', asked)).toEqual({
      'node-3': 'has another shard id than its primary node-1',
    });
  });

  it('is a negative count of unsaved changes', () => {
    expect(told(cluster(), 'cluster', new Map([['node-1', { unsaved: -3 }]]))).toEqual({
      'node-1': 'counts -3 changes since its last save, and will not save by itself',
    });
  });

  it('is an open slot, a state that is not ok, a view of its own', () => {
    expect(
      told(
        cluster({
          'node-1': { holds: { 'node-1': { open: ['[42->-x]'] } } },
          'node-2': { state: 'fail' },
          'node-3': { holds: { 'node-1': { slots: [[0, 5]] } } },
        }),
      ),
    ).toEqual({
      'node-1': 'has open slots [42->-x]',
      'node-2': 'says cluster_state:fail',
      'node-3': 'holds another view of who leads than most nodes',
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consensus } from '../deployment/consensus.js';
import { dealSlots, ONE_SHARD } from '../deployment/slots.js';
import type { Law, NodeView, PeerView, ShardInfo, SlotRange, Whole } from '../deployment/types.js';
import { unreachable } from '../deployment/views.js';
import type { NodeInfo, Recording } from '../recording/recording.js';
import type { Endpoint } from '../server/types.js';
import { startRecorder } from '../workload/recorder.js';
import { decisionsIn } from './decisions.js';
import { drill } from './testing/drills.js';

interface Deployment {
  law: Law;
  names: string[];
  shards: ShardInfo[];
  view: fc.Arbitrary<NodeView>;
}

const condition = fc.constantFrom('up', 'up', 'up', 'up', 'down', 'loading');
const health = fc.constantFrom('ok', 'ok', 'ok', 'pfail', 'fail') satisfies fc.Arbitrary<PeerView['health']>;
const peer: PeerView = { role: 'replica', health: 'ok', epoch: 0, slots: [], open: [], linked: true };

const seen = (node: string, how: string, peers: ReadonlyMap<string, PeerView>, over: Partial<NodeView>): NodeView => {
  if (how === 'down') return unreachable(node, 0);
  const view = { ...unreachable(node, 0), reachable: true, runId: 'r', state: 'ok' as const, ...over };
  return how === 'loading' ? { ...view, role: 'loading', runId: '', state: 'unknown' } : { ...view, peers };
};

/** Tables in which slots have moved, claims contradict each other, and nodes are listed that are none, or are listed no more. */
function cluster(): Deployment {
  const names = [1, 2, 3, 4, 5].map((n) => `node-${n}`);
  const cut = fc.integer({ min: 1, max: 16_382 });
  const table = fc
    .tuple(
      fc.array(cut, { minLength: 1, maxLength: 4 }),
      fc.array(fc.constantFrom(...names), { minLength: 5, maxLength: 5 }),
      fc.array(fc.nat(3), { minLength: 5, maxLength: 5 }),
      fc.array(health, { minLength: 5, maxLength: 5 }),
      fc.subarray(names, { minLength: 2 }),
    )
    .map(([cuts, owners, epochs, healths, listed]) => {
      const edges = [0, ...new Set(cuts.sort((a, b) => a - b)), 16_384];
      const ranges = edges.slice(1).map((end, i) => ({ owner: owners[i]!, range: [edges[i]!, end - 1] as SlotRange }));
      return new Map(
        listed.map((name) => {
          const i = names.indexOf(name);
          const slots = ranges.flatMap(({ owner, range }) => (owner === name ? [range] : []));
          const role = slots.length > 0 ? ('primary' as const) : ('replica' as const);
          return [name, { ...peer, role, slots, epoch: epochs[i]!, health: healths[i]! }];
        }),
      );
    });
  const view = fc
    .tuple(fc.constantFrom(...names), condition, table)
    .map(([node, how, peers]) => seen(node, how, peers, { role: peers.get(node)?.role ?? 'replica' }));
  return { law: { kind: 'cluster' }, names, shards: dealSlots(3), view };
}

/** Sentinels that hold whomever they like for the primary and for down; servers that do not matter. */
function sentinels(quorum: number): Deployment {
  const servers = ['node-1', 'node-2', 'node-3'];
  const watching = ['sentinel-1', 'sentinel-2', 'sentinel-3'];
  const names = [...servers, ...watching];
  const view = fc
    .tuple(
      fc.constantFrom(...watching),
      fc.constantFrom('up', 'up', 'up', 'down'),
      fc.constantFrom(...servers),
      fc.array(health, { minLength: 6, maxLength: 6 }),
    )
    .map(([node, how, leader, healths]) =>
      seen(
        node,
        how,
        new Map(
          names.map((name, i) => [
            name,
            {
              ...peer,
              health: name === node ? ('ok' as const) : healths[i]!,
              ...(name === leader && { role: 'primary' as const, slots: ONE_SHARD[0]!.slots }),
              ...(watching.includes(name) && { role: 'sentinel' as const }),
            },
          ]),
        ),
        { role: 'sentinel' },
      ),
    );
  return { law: { kind: 'sentinel', sentinels: { names: new Set(watching), quorum } }, names, shards: ONE_SHARD, view };
}

/** Servers of which several call themselves primary, promoted at one offset or another, with as many followers as it happens. */
function replication(): Deployment {
  const names = ['node-1', 'node-2', 'node-3', 'node-4'];
  const view = fc
    .tuple(fc.constantFrom(...names), condition, fc.constantFrom(...names), fc.nat(2), fc.nat(2))
    .map(([node, how, leader, epoch, offset]) =>
      seen(
        node,
        how,
        new Map(
          names.map((name) => [
            name,
            name === leader ? { ...peer, role: 'primary' as const, epoch, slots: ONE_SHARD[0]!.slots } : peer,
          ]),
        ),
        { role: leader === node ? 'primary' : 'replica', offset, currentEpoch: epoch },
      ),
    );
  return { law: { kind: 'replication' }, names, shards: ONE_SHARD, view };
}

const whole = ({ law, shards }: Deployment): Whole => ({ ...law, shards, replicas: shards.map(() => 1) });

function recordingOf({ law, names, shards }: Deployment, views: readonly NodeView[]): Recording {
  const recorder = startRecorder(names.map((name, index) => ({ name, index }) as Endpoint));
  const before = new Map<string, number>();
  for (const view of views) {
    recorder.look(view, before.get(view.node) ?? 0);
    before.set(view.node, view.t);
  }
  const roleOf = (name: string): NodeInfo['role'] => (law.sentinels?.names.has(name) ? 'sentinel' : 'primary');
  const nodes = names.map((name): NodeInfo => ({ name, id: name, address: name, shard: 1, role: roleOf(name) }));
  const { quorum } = law.sentinels ?? {};
  const spec = { count: 3, downAfter: 1000, failoverTimeout: 10_000, parallelSyncs: 1 };
  const { sentinels: _, ...topology } = drill().topology;
  return drill('never', {
    faults: [],
    views: recorder.views,
    samples: recorder.samples,
    topology: { ...topology, kind: law.kind, nodes, shards, ...(quorum && { sentinels: { ...spec, quorum } }) },
  });
}

/** Of the living nobody remembers what was decided: here the test does, step by step. */
function decidedAlive(deployment: Deployment, views: readonly NodeView[]) {
  const latest = new Map(deployment.names.map((name) => [name, unreachable(name, 0)]));
  const owners = new Map<number, string>();
  let failed: string[] = [];
  for (const view of views) {
    latest.set(view.node, view);
    const now = consensus(latest, whole(deployment), view.t);
    const claimed = [...latest.values()].some(({ role }) => role === 'primary');
    // Where nobody leads, whoever has no memory falls back on whom replicas still name.
    if (deployment.law.kind !== 'replication' || claimed)
      for (const [shard, owner] of now.owners) owners.set(shard, owner);
    if (now.quorate) failed = [...now.failed].sort();
  }
  return { owners: deployment.shards.map(({ shard }) => owners.get(shard)), failed };
}

function decidedAfterwards(deployment: Deployment, views: readonly NodeView[]) {
  const parts = deployment.shards.map(({ slots }) => slots);
  const decisions = decisionsIn(
    recordingOf(deployment, views),
    parts,
    parts.map(() => undefined),
  );
  const end = Number.POSITIVE_INFINITY;
  return {
    owners: decisions.owners.map((owner) => owner.at(end)),
    failed: [...decisions.failed].flatMap(([name, steps]) => (steps.at(end) ? [name] : [])).sort(),
  };
}

describe('the living and their recording say the same', () => {
  it.each([
    ['of a cluster', cluster()],
    ['of sentinels, two of whom agree', sentinels(2)],
    ['of sentinels, one of whom is enough', sentinels(1)],
    ['of sentinels that must all agree', sentinels(3)],
    ['of servers for whom nobody decides', replication()],
  ])('%s', (_, deployment) => {
    fc.assert(
      fc.property(fc.array(deployment.view, { minLength: 1, maxLength: 20 }), (drawn) => {
        const views = drawn.map((view, i) => ({ ...view, t: 10 * (i + 1) }));
        expect(decidedAfterwards(deployment, views)).toEqual(decidedAlive(deployment, views));
      }),
      { numRuns: 150 },
    );
  });
});

/** Reads back what the load wrote and compares replicas with their primaries, with the load stopped. */
import { until, WaitTimeout } from '../core/until.js';
import { compare } from '../topology/compare.js';
import { slotsCovered } from '../topology/look.js';
import { ReplyError } from '../topology/resp.js';
import { slotOf } from '../topology/slots.js';
import { ownerNow, replicasNow, slotOwnerNow } from '../topology/targets.js';
import type { ClusterView, NodeView, Topology } from '../topology/types.js';
import { appendKeys } from './keys.js';
import type { FinalState, ReplicaCheck } from './recording.js';
import { type Found, newFound } from './tables.js';

interface Converged {
  view: ClusterView;
  converged: boolean;
  unconverged?: string;
}

/** Waits until every node agrees, all are reachable, and replicas are in sync. */
export async function converge(topology: Topology, budget: number, signal: AbortSignal): Promise<Converged> {
  let view = await topology.look();
  try {
    view = await until(
      async () => {
        view = await topology.look();
        return view;
      },
      (seen) => seen.problems.length === 0,
      {
        describe: 'the cluster converges',
        within: budget,
        every: 50,
        signal,
        show: (seen) => seen.problems.slice(0, 3).join('; '),
      },
    );
    return { view, converged: true };
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
    return { view, converged: false, unconverged: view.problems.slice(0, 5).join('; ') };
  }
}

/** Every element that the clients may have written and that exists on its final owner. `unread` counts keys that gave no answer. */
export async function readBack(
  topology: Topology,
  view: ClusterView,
  tags: readonly string[],
  sequences: readonly number[],
): Promise<{ found: Found; unread: number }> {
  const found = newFound();
  let unread = 0;
  const keys = sequences.flatMap((seqs, client) => appendKeys(tags, client, seqs));
  // The server answers one connection in order; a window of keys in flight hides the round trips.
  const window = 64;
  for (let i = 0; i < keys.length; i += window)
    await Promise.all(
      keys.slice(i, i + window).map(async (key) => {
        try {
          const items = await topology
            .node(slotOwnerNow(slotOf(key), view, topology))
            .call(['LRANGE', key, 0, -1], { timeout: 5000 });
          tally(items as string[], found);
        } catch (error) {
          // Somebody put a value of another type in its place: that is an answer, and its elements are gone.
          if (!(error instanceof ReplyError && error.code === 'WRONGTYPE')) unread++;
        }
      }),
    );
  return { found, unread };
}

function tally(items: readonly string[], found: Found): void {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  for (const [item, count] of counts) {
    const [client, seq] = item.split(':').map(Number);
    found.push({ client: client!, seq: seq!, count });
  }
}

export async function compareReplicas(
  topology: Topology,
  view: ClusterView,
  signal: AbortSignal,
): Promise<ReplicaCheck[]> {
  const checks: ReplicaCheck[] = [];
  for (const { shard } of topology.shards) {
    const primary = ownerNow(shard, view, topology);
    for (const replica of replicasNow(shard, view, topology))
      checks.push({
        shard,
        primary,
        replica,
        ...(await compare(topology.node(primary), topology.node(replica), { within: 5000, signal })),
      });
  }
  return checks;
}

export function finalState(
  converged: Converged,
  topology: Topology,
  at: number,
  rest: Pick<FinalState, 'replicas' | 'canaries' | 'unread'>,
): FinalState {
  const { view } = converged;
  const nodes = [...view.nodes.values()];
  const maps = nodes.map((node) =>
    [...node.peers]
      .filter(([, p]) => p.role === 'primary')
      .map(([name, p]) => `${name}=${p.slots.join(';')}`)
      .sort()
      .join('|'),
  );
  const agreeing = nodes.filter(
    (node, i) =>
      node.reachable &&
      node.state === 'ok' &&
      !hasOpenSlot(node) &&
      maps[i] === maps.find((m, j) => nodes[j]!.reachable && maps.filter((x) => x === m).length * 2 > nodes.length),
  );
  return {
    at,
    converged: converged.converged,
    ...(converged.unconverged !== undefined && { unconverged: converged.unconverged }),
    slotsCovered: slotsCovered(view, topology.shards.length),
    nodesAgreeing: agreeing.length,
    nodesTotal: topology.all.length,
    ...rest,
  };
}

const hasOpenSlot = ({ node, peers }: NodeView): boolean => {
  const self = peers.get(node);
  return self?.role === 'primary' && self.open.length > 0;
};

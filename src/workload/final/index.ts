/**
 * The final state of a deployment: what the drill's own operators and servers have left, before redrill heals anything. What
 * nobody could be asked for then is read once more afterwards, and told apart: a heal mends, and may destroy.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { s } from '../../core/units.js';
import { slotsCovered } from '../../deployment/consensus.js';
import { traitsOf } from '../../deployment/kinds.js';
import type { ClusterView } from '../../deployment/types.js';
import { appendKeys, EXPIRY_TOLERANCE, expiringKeys } from '../../recording/keys.js';
import type { FinalState } from '../../recording/recording.js';
import { type Expiries, type FoundElements, newExpiries, newFound } from '../../recording/tables.js';
import { infoOf } from '../../server/info.js';
import type { Deployment } from '../../server/types.js';
import { type Canary, type CanaryState, readCanaries } from '../canaries.js';
import { type Asked, disagreements } from './disagreements.js';
import { expiring } from './expiring.js';
import { elementsInto, listed, type ReadBack, readBack } from './read-back.js';
import { readerOf } from './reader.js';
import { compareReplicas } from './replicas.js';
import { convergedView, settledView } from './settle-down.js';

export interface Written {
  tags: readonly string[];
  /** By client: how many elements it has written; empty where the load's writes can't be accounted for. */
  sequences: readonly number[];
  canaries: readonly Canary[];
  /** ms, where each write was a key of its own with a time to live. */
  ttl?: number | undefined;
}

export interface Left {
  final: FinalState;
  found: FoundElements;
  expiries: Expiries;
  /** Is there anything that only shows after a heal? */
  incomplete: boolean;
  /** Call it after the heal. */
  readTheRest(now: () => number, signal: AbortSignal): Promise<void>;
}

/** ms after which a key that was due is one that should be gone. */
const OVERDUE = EXPIRY_TOLERANCE + 200;

/** `open`: the faults that nothing in the scenario has ended. Neither load nor probes may write meanwhile. */
export async function readFinalState(
  topology: Deployment,
  { tags, sequences, canaries, ttl }: Written,
  { open, now, signal }: { open: readonly string[]; now: () => number; signal: AbortSignal },
): Promise<Left> {
  // What is due soon has to be gone before replicas are compared with their primaries.
  if (ttl !== undefined) await sleep(ttl + OVERDUE, undefined, { signal });
  const view = await settledView(topology, signal);
  const at = now();
  const why = disagreements(view, topology.kind, await askEach(topology, view));
  const found = newFound();
  const elements = elementsInto(found);
  const expiries = newExpiries();
  const inquiry = ttl === undefined ? listed(elements) : expiring(elements, expiries, now);
  const keysOf = ttl === undefined ? appendKeys : expiringKeys;
  const keys = sequences.flatMap((seqs, client) => keysOf(tags, client, seqs));
  const [back, values] = await withReader(topology, view, async (reader) => [
    await readBack(reader, keys, inquiry),
    await readCanaries(canaries, reader),
  ]);
  const replicas = await compareReplicas(topology, view, signal);
  const final: FinalState = {
    at,
    converged: view.problems.length === 0,
    ...(view.problems.length > 0 && { unconverged: view.problems.slice(0, 5).join('; ') }),
    slotsCovered: slotsCovered(view, topology.kind),
    nodesAgreeing: view.nodes.size - why.size,
    nodesTotal: view.nodes.size,
    replicas,
    canaries: canariesTold(canaries.length, values),
    unread: back.nobody.length,
    left: {
      open: [...open],
      disagreements: [...why].map(([node, reason]) => `${node} ${reason}`),
      keys: { owner: back.owner, replica: back.replica, afterHeal: 0 },
      unsure: tagsOf(back, tags),
      unserved: unserved(values),
    },
  };
  const again = canaries.filter(({ key }) => values.get(key)!.by !== 'owner');
  return {
    final,
    found,
    expiries,
    incomplete: back.open.length > 0 || again.length > 0,
    async readTheRest(now, signal) {
      const view = await convergedView(topology, s(30), signal);
      const [rest, late] = await withReader(topology, view, async (reader) => [
        await readBack(reader, back.open, inquiry),
        await readCanaries(again, reader),
      ]);
      const [before, after] = [new Set(back.nobody), new Set(rest.nobody)];
      final.unread = [...before].filter((key) => after.has(key)).length;
      final.left!.keys.afterHeal = before.size - final.unread;
      final.left!.healedAt = now();
      for (const [key, state] of late) {
        const before = values.get(key)!;
        // Kept by a replica until our heal: what became of it since is not the drill's doing.
        if (before.by === 'replica' && before.is === 'unchanged') continue;
        values.set(key, { ...state, by: before.by, unsure: before.unsure });
      }
      final.canaries = canariesTold(canaries.length, values);
      final.left!.unserved = unserved(values);
    },
  };
}

async function withReader<T>(
  topology: Deployment,
  view: ClusterView,
  work: (reader: ReturnType<typeof readerOf>) => Promise<T>,
) {
  const reader = readerOf(topology, view);
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

/** Servers older than 7.2 know no shard ids, and sentinels nothing of either. */
async function askEach(topology: Deployment, view: ClusterView): Promise<Map<string, Asked>> {
  const asked = new Map<string, Asked>();
  await Promise.all(
    topology.nodes.map(async (node) => {
      if (!view.nodes.get(node.name)?.reachable) return;
      const [id, info] = await Promise.allSettled([
        traitsOf(topology.kind).hasSlots ? node.call(['CLUSTER', 'MYSHARDID']) : undefined,
        infoOf(node, 'persistence'),
      ]);
      asked.set(node.name, {
        ...(id.status === 'fulfilled' && typeof id.value === 'string' && { shardId: id.value }),
        ...(info.status === 'fulfilled' && { unsaved: info.value.number('rdb_changes_since_last_save') }),
      });
    }),
  );
  return asked;
}

/** Keys begin with their hash tag in braces. */
const tagsOf = ({ unsure }: ReadBack, tags: readonly string[]): string[] =>
  tags.filter((tag) => unsure.some((key) => key.startsWith(`{${tag}}`)));

function canariesTold(written: number, values: ReadonlyMap<string, CanaryState>): FinalState['canaries'] {
  const which = (is: CanaryState['is']): string[] =>
    [...values].flatMap(([key, state]) => (state.is === is && !state.unsure ? [key] : []));
  return { written, missing: which('missing'), changed: which('changed') };
}

/** Values that their owner did not serve in the end, and what became known of them otherwise. */
const unserved = (values: ReadonlyMap<string, CanaryState>): { key: string; is: CanaryState['is'] }[] =>
  [...values].flatMap(([key, { by, is, unsure }]) =>
    by === 'owner' ? [] : [{ key, is: unsure && is === 'missing' ? ('unread' as const) : is }],
  );

/** Why an acknowledged write is gone (redis-notes, "where acknowledged writes are lost"), as far as the recording shows. */

import type { FaultRecord, LossCause } from '../recording/deeds.js';
import type { Recording } from '../recording/recording.js';
import { Role, Status } from '../recording/tables.js';
import { lastAt } from './course.js';
import type { LogFact } from './logs.js';
import type { Service } from './outages.js';
import type { Ownership } from './ownership.js';
import { moveAfter, type SlotMove } from './slot-moves.js';

export interface LostRow {
  shard: number;
  slot: number;
  sent: number;
  done: number;
}

interface Scene {
  ownership: Ownership;
  faults: readonly FaultRecord[];
  restarts: readonly Restart[];
  moves: readonly SlotMove[];
  resyncs: readonly NodeMoment[];
  evictions: readonly NodeMoment[];
  /** Nodes that began as another cluster. */
  strangers: ReadonlySet<string>;
  witnesses: (shard: number, t: number) => Witness[];
}

interface NodeMoment {
  node: string;
  t: number;
}

/** Another process answers from t on; the old one was last seen at `since`. */
interface Restart extends NodeMoment {
  since: number;
}

/** A node that acknowledged a probe's write on the shard at about that time. */
interface Witness {
  node: string;
  valid: boolean;
}

/** New run ids in the views: the server process is another one. */
export function restartsOf({ views }: Recording): Restart[] {
  const ids = new Map<string, string>();
  const lastSeen = new Map<string, number>();
  const silent = new Set<string>();
  const out: Restart[] = [];
  for (const { node, reachable, runId, since, t } of views) {
    // A record where nothing had changed before: until the look before this one it was as it had been.
    if (!silent.has(node)) lastSeen.set(node, since);
    if (!reachable) silent.add(node);
    if (!runId) continue;
    const before = ids.get(node);
    if (before !== undefined && before !== runId) out.push({ node, t, since: lastSeen.get(node) ?? since });
    ids.set(node, runId);
    silent.delete(node);
  }
  return out;
}

/** Full synchronisations of a replica, by its own log: from then on it holds nothing but what its new primary has. */
export const resyncsIn = (facts: readonly LogFact[]): NodeMoment[] =>
  facts
    .filter(({ kind, text }) => kind === 'sync' && /^Full resync from/.test(text))
    .map(({ node, t }) => ({ node, t }));

/** Polls of the observers that found a node with more evicted keys than the poll before. */
export function evictionsIn({ samples, topology }: Recording): NodeMoment[] {
  const [times, nodes, counts, roles] = [
    samples.column('t'),
    samples.column('node'),
    samples.column('evictedKeys'),
    samples.column('role'),
  ];
  const last = new Map<number, number>();
  const out: NodeMoment[] = [];
  for (let i = 0; i < samples.length; i++) {
    if (roles[i] === Role.unreachable) continue;
    const before = last.get(nodes[i]!);
    last.set(nodes[i]!, counts[i]!);
    if (before !== undefined && counts[i]! > before)
      out.push({ node: topology.nodes[nodes[i]!]?.name ?? '', t: times[i]! });
  }
  return out;
}

/** Looks up who acknowledged probes: the nearest OK before and after a moment, at most a few periods away. */
export function witnesses({ probes, topology, workload }: Recording, service: Service): Scene['witnesses'] {
  const reach = Math.max(5 * workload.probeEvery, 60);
  const cache = new Map<number, { at: Float64Array; nodes: Witness[] }>();
  const oks = (shard: number) => {
    let known = cache.get(shard);
    if (!known) {
      const mine = service.probes.get(shard);
      const acknowledged = (i: number): number => probes.at(mine!.rows[i]!, 'done');
      const rows = mine
        ? Array.from(mine.rows.keys())
            .filter((i) => probes.at(mine.rows[i]!, 'status') === Status.ok)
            .sort((a, b) => acknowledged(a) - acknowledged(b))
        : [];
      known = {
        at: Float64Array.from(rows, acknowledged),
        nodes: rows.map((i) => ({
          node: topology.nodes[probes.at(mine!.rows[i]!, 'node')]?.name ?? '',
          valid: mine!.valid[i] === 1,
        })),
      };
      cache.set(shard, known);
    }
    return known;
  };
  return (shard, t) => {
    const { at, nodes } = oks(shard);
    const found = new Map<string, Witness>();
    for (let i = lastAt(at.length, (k) => at[k]!, t + reach); i >= 0 && at[i]! >= t - reach; i--)
      found.set(nodes[i]!.node, nodes[i]!);
    return [...found.values()];
  };
}

/** The first rule that fits. With two nodes acknowledging at once, the one that was not the owner lost the write. */
export function causeOf(
  write: LostRow,
  { ownership, faults, restarts, moves, resyncs, evictions, strangers, witnesses }: Scene,
): { node?: string; cause: LossCause } {
  const { shard, slot, sent, done } = write;
  const seen = witnesses(shard, done);
  const apart = (node: string): boolean =>
    ownership
      .reigns(shard)
      .some((reign) => reign.node === node && reign.severed !== undefined && reign.severed <= done);
  const isolated = seen.find((w) => ownership.cutOff(w.node, done) && apart(w.node));
  if (isolated) return { node: isolated.node, cause: 'written to the minority side' };

  // A slot that moves takes its keys along or leaves them behind; only a node that died or a deed explains the loss without it.
  const move = moveAfter(moves, slot, done);
  const deed = faults.find((f) => destroys(f, write, ownership));
  if (move && !deed && !nodeGone(write, ownership, faults, restarts))
    return { node: move.node, cause: 'lost in a slot move' };

  // A command that waited in a paused primary's socket is answered when it wakes, after the shard has moved on. What was sent
  // before a promotion and answered after it is no loss of the new primary's: that one has what it acknowledged.
  const [before, after] = [ownership.leader(shard, sent), ownership.leader(shard, done)];
  if (before !== undefined && before !== after) return { node: before, cause: 'acknowledged by a deposed primary' };
  const stale = seen.find((w) => !w.valid) ?? claimant(write, ownership, faults);
  if (stale && stale.node !== after) return { node: stale.node, cause: 'acknowledged by a deposed primary' };

  const next = ownership.nextOwner(shard, done);
  // Probes a moment later may have met the next owner already: what that one acknowledged is not what it lacks.
  const node = seen.find((w) => w.valid && w.node !== next?.owner)?.node ?? after;
  if (node === undefined) return { cause: 'unexplained' };
  const restart = restarts.find((r) => r.node === node && r.t > done);
  if (restart && (!next || next.t > restart.t))
    return { node, cause: spoilt(restart, faults)?.loses ?? 'wiped by an empty primary' };
  if (deed) return { node, cause: deed.loses! };
  const evictor = evictions.find((e) => e.t > done && e.node === ownership.owner(shard, e.t));
  if (evictor && (!next || evictor.t < next.t)) return { node: evictor.node, cause: 'evicted' };
  const frozen = heldUp(write, ownership, faults);
  if (!next && frozen !== undefined) return { node: frozen, cause: 'acknowledged by a deposed primary' };
  if (!next) return { node, cause: 'unexplained' };
  // They never had it: to lead the shard they have nothing but the higher epoch.
  if (strangers.has(next.owner)) return { node, cause: 'slots taken by another cluster' };
  // It lived on with the write and lost it when it became a replica; after a crash there was nothing left to drop.
  const resync = resyncs.find((r) => r.node === node && r.t > done);
  // A new process may print that it synchronises before anybody sees that it is another one.
  if (resync && !(restart && restart.since <= resync.t)) return { node, cause: 'dropped on full resync' };
  const hit = faults.some(
    (f) =>
      f.targets.includes(node) &&
      f.effective &&
      f.effective.at <= next.t &&
      (f.healed?.[node] ?? f.healedAt ?? Number.POSITIVE_INFINITY) > done,
  );
  if (hit) return { node, cause: 'not replicated at the crash' };
  return evictor ? { node: evictor.node, cause: 'evicted' } : { node, cause: 'acknowledged by a deposed primary' };
}

/** Did the shard's owner come back as another process, or lead no more, since the write? */
function nodeGone(
  { shard, done }: LostRow,
  ownership: Ownership,
  faults: readonly FaultRecord[],
  restarts: readonly Restart[],
): boolean {
  const owner = ownership.owner(shard, done);
  const next = ownership.nextOwner(shard, done);
  return (
    restarts.some(({ node, t }) => node === owner && t > done) ||
    (next !== undefined && faults.some(({ targets }) => targets.includes(owner ?? '')))
  );
}

/** What a fault did to the files of a node shows when it starts again. */
const spoilt = ({ node, t }: NodeMoment, faults: readonly FaultRecord[]): FaultRecord | undefined =>
  faults.find((f) => f.loses && f.impact === 'stops' && f.targets.includes(node) && f.requestedAt <= t);

/** Did it reach, at once, data that was there? Whoever led the shard then had it, whoever had acknowledged it. */
const destroys = (f: FaultRecord, { shard, sent }: LostRow, ownership: Ownership): boolean =>
  f.loses !== undefined &&
  f.impact === 'none' &&
  f.effective !== undefined &&
  sent <= f.effective.at + f.effective.uncertainty &&
  f.targets.includes(ownership.owner(shard, f.effective.at) ?? '');

/**
 * A primary that was replaced while a fault held it up: what clients went on sending to it waits in its socket, and is
 * acknowledged when it goes on, before it hears that it leads no more.
 */
const heldUp = (
  { shard, sent, done }: LostRow,
  ownership: Ownership,
  faults: readonly FaultRecord[],
): string | undefined =>
  faults
    .filter(({ effective, healedAt }) => effective !== undefined && effective.at <= sent && (healedAt ?? done) >= sent)
    .flatMap(({ targets, effective }) => targets.filter((name) => name === ownership.owner(shard, effective!.at)))
    .find((name) => name !== ownership.owner(shard, done));

/** A node under a fault that has led, and still holds itself for the owner although the majority has another. */
function claimant(
  { shard, done }: LostRow,
  ownership: Ownership,
  faults: readonly FaultRecord[],
): { node: string } | undefined {
  const owner = ownership.owner(shard, done);
  const hasLed = (node: string): boolean =>
    ownership.reigns(shard).some((reign) => reign.node === node && reign.by <= done);
  const node = faults
    .flatMap((f) => f.targets)
    .find((t) => t !== owner && ownership.claims(t, shard, done) && hasLed(t));
  return node === undefined ? undefined : { node };
}

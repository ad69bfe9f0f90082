/**
 * Who owned each shard, who was flagged FAIL, and whose acknowledgements count, by what those who decide have decided
 * (decisions.ts) and by what became of whom they chose (reigns.ts).
 */

import type { SlotRange } from '../deployment/types.js';
import type { Recording } from '../recording/recording.js';
import { lastAt } from './course.js';
import { type Decisions, decisionsIn } from './decisions.js';
import { measuringEnd } from './measured.js';
import type { Again } from './quorate.js';
import { proveByProbes, type Reign, reignsFrom, sever } from './reigns.js';

export interface Ownership {
  /** The owner of a shard by the majority; before its first word the primary of the initial layout. */
  owner(shard: number, t: number): string | undefined;
  /** The next change of a shard's owner after t. */
  nextOwner(shard: number, t: number): { t: number; owner: string } | undefined;
  ownerChanges(shard: number): readonly { t: number; value: string | undefined }[];
  failed(node: string, t: number): boolean;
  /** Was it flagged FAIL by the majority at any time after the one and before the other moment? */
  failedBetween(node: string, from: number, to: number): boolean;
  cutOff(node: string, t: number): boolean;
  /** When there were enough again to agree that a node failed: the last time within this stretch. undefined: there were all the time. */
  enoughAgain(from: number, until: number): Again | undefined;
  /** Does the node, by its own opinion, hold itself for the shard's primary? It may have learnt it at any time since the poll before: `since` counts. */
  claims(node: string, shard: number, t: number): boolean;
  /** Whose acknowledgements the shard keeps at this moment (reigns.ts). */
  leader(shard: number, t: number): string | undefined;
  /** Who may serve the probed slot of a shard, in order of time. */
  reigns(shard: number): readonly Reign[];
  /**
   * What an OK to a probe's write is worth. `service`: the shard keeps it. `false`: it is lost, for another node leads or the
   * one that gave it is cut off and will be replaced. `between`: its node was deposed before the answer came, and nobody
   * can say when it was carried out.
   *
   * A node that has been promoted is believed from its first OK on, whenever that was asked for: before, it would have
   * refused. So is one that claims the slot of an owner that is flagged FAIL, also while nobody has confirmed it yet, and one
   * that imports the slot, to which its owner sends clients on.
   */
  worth(node: string, shard: number, sent: number, done: number): 'service' | 'between' | 'false';
}

export function ownershipOf(recording: Recording): Ownership {
  const { nodes, shards } = recording.topology;
  const parts = partsOf(recording);
  const initial = parts.map((_, i) => {
    const { shard } = shards[i % shards.length]!;
    return nodes.find((n) => n.role === 'primary' && n.shard === shard)?.name;
  });
  const decisions = decisionsIn(recording, parts, initial);
  const { owners, failed, own, quorate, cutOff } = decisions;
  const index = new Map(shards.map((s, i) => [s.shard, i]));
  const partOf = (shard: number): number => index.get(shard) ?? -1;
  /** The probed slot of a shard may have moved without it. */
  const probed = (shard: number): number => parts.length - shards.length + (index.get(shard) ?? Number.NaN);
  const reigns = parts.map((_, i) =>
    reignsFrom(initial[i], owners[i]!.list, (node) => own.get(node)?.[i]?.claims ?? []),
  );
  proveByProbes(recording, new Map(shards.map(({ shard }) => [shard, reigns[probed(shard)]!])));
  for (const list of reigns) sever(recording, list, measuringEnd(recording));
  return {
    owner: (shard, t) => owners[partOf(shard)]?.at(t),
    nextOwner: (shard, t) => nextOwner(decisions, partOf(shard), t),
    ownerChanges: (shard) => owners[partOf(shard)]?.list ?? [],
    failed: (node, t) => failed.get(node)?.at(t) ?? false,
    failedBetween: (node, from, to) =>
      (failed.get(node)?.list ?? []).some(({ t, value }) => value && t > from && t < to),
    cutOff,
    enoughAgain: (from, until) => quorate.again(from, until),
    claims: (node, shard, t) => own.get(node)?.[partOf(shard)]?.leads.at(t) ?? false,
    leader(shard, t) {
      const list = reigns[partOf(shard)] ?? [];
      return list[lastAt(list.length, (i) => list[i]!.by, t)]?.node;
    },
    reigns: (shard) => reigns[probed(shard)] ?? [],
    worth: (node, shard, sent, done) => {
      const part = probed(shard);
      return worthOf({ node, sent, done }, part, reigns[part] ?? [], decisions);
    },
  };
}

function nextOwner({ owners }: Decisions, part: number, t: number): { t: number; owner: string } | undefined {
  const next = owners[part]?.after(t);
  return next?.value === undefined ? undefined : { t: next.t, owner: next.value };
}

function worthOf(
  { node, sent, done }: { node: string; sent: number; done: number },
  part: number,
  reigns: readonly Reign[],
  decisions: Decisions,
): ReturnType<Ownership['worth']> {
  let between = false;
  for (const [i, reign] of reigns.entries()) {
    const end = Math.min(reigns[i + 1]?.by ?? Number.POSITIVE_INFINITY, reign.severed ?? Number.POSITIVE_INFINITY);
    if (reign.node !== node || done < reign.from || sent > end) continue;
    if (done <= end) return 'service';
    between = true;
  }
  const word = decisions.own.get(node)?.[part];
  if (word?.imports.at(sent) || word?.imports.at(done)) return 'service';
  const owner = decisions.owners[part]?.at(done);
  const failed = owner !== undefined && decisions.failed.get(owner)?.at(done) === true;
  if (failed && word?.leads.at(done) && !nextOwner(decisions, part, done)) return 'service';
  return between ? 'between' : 'false';
}

/** What is decided on: the shards of the initial layout, then the slot that is probed of each, where the recording names it. */
const partsOf = ({ topology: { shards }, workload: { probeSlots = [] } }: Recording): SlotRange[][] => [
  ...shards.map(({ slots }) => slots),
  ...probeSlots.map((slot): SlotRange[] => [[slot, slot]]),
];

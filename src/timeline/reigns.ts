/**
 * Who may serve a shard, and from when to when: the node whose acknowledgements the shard keeps. Not who is flagged, and not
 * who is cut off: a primary that one sentinel has lost, or that its sentinels can't see, serves until another is promoted.
 *
 *   node-1 ─────────────────────┐ severed                node-4 ───────▶
 *          its writes reach      ╎  what it acknowledges from
 *          whoever comes after it ╎  here on is lost       ╎ from … by: promoted
 *
 * A reign begins where its node came to hold itself for the primary, once those who decide have confirmed it, and ends where
 * the next one begins. One that was taken back while the node before it led on all the time was a mistake, and never was.
 */

import type { FaultRecord } from '../recording/deeds.js';
import type { Recording } from '../recording/recording.js';
import { servingKind } from '../recording/service.js';
import { Role, Status } from '../recording/tables.js';
import type { Turn } from './course.js';

export interface Reign {
  node: string;
  /** The last look at it that found it not leading yet: an OK after that is proof that it does. */
  from: number;
  /** The first proof that it leads. */
  by: number;
  /** From here on what it acknowledged did not reach its successor: it was cut off and did not come back as the primary. */
  severed?: number;
}

/** A stretch in which a node held itself for the primary, each time that it was asked. */
export interface Claim {
  /** It began in (since, t]. */
  since: number;
  t: number;
  /** The look that found it to be something else. */
  until?: number;
  /** Looks that it did not answer. */
  silences: number[];
}

/** Writes down what a node says of itself, look by look. */
export function noteClaim(
  claims: Claim[],
  look: { since: number; t: number; reachable: boolean },
  leads: boolean,
): void {
  const last = claims.at(-1);
  const open = last && last.until === undefined ? last : undefined;
  if (!look.reachable) open?.silences.push(look.t);
  else if (leads && !open) claims.push({ since: look.since, t: look.t, silences: [] });
  else if (!leads && open) open.until = look.t;
}

/** Did it lead, and answer, all the time between these moments? */
const unbroken = (claims: readonly Claim[], from: number, to: number): boolean =>
  claims.some(
    ({ since, until = Number.POSITIVE_INFINITY, silences }) =>
      since <= from && until > to && !silences.some((t) => t >= from && t <= to),
  );

/** From the decisions of those who decide, and from what the nodes said of themselves. */
export function reignsFrom(
  initial: string | undefined,
  decisions: readonly Turn<string | undefined>[],
  claimsOf: (node: string) => readonly Claim[],
): Reign[] {
  const first = Number.NEGATIVE_INFINITY;
  const out: Reign[] = initial === undefined ? [] : [{ node: initial, from: first, by: first }];
  for (const { t, value: node } of decisions) {
    if (node === undefined) continue;
    const again = out.findLastIndex((reign) => reign.node === node);
    const claims = claimsOf(node);
    if (again >= 0 && (again === out.length - 1 || unbroken(claims, out[again + 1]!.by, t))) {
      out.length = again + 1;
      continue;
    }
    const claim = claims.findLast(({ since, until = Number.POSITIVE_INFINITY }) => since <= t && until > t);
    const from = Math.max(out.at(-1)?.from ?? first, Math.min(claim?.since ?? t, t));
    out.push({ node, from, by: Math.max(from, Math.min(claim?.t ?? t, t)) });
  }
  return out;
}

/** A look is dated by its answer, which a busy harness reads late: a node may have been promoted this much before it seems, in ms. */
const BEFORE = 500;

/**
 * An OK to a probe's write is the better proof: a replica refuses. One shortly before the node seems to have been promoted
 * shows that it had been already. Changes the reigns of a shard's list.
 */
export function proveByProbes(
  { probes, topology, workload }: Recording,
  reigns: ReadonlyMap<number, readonly Reign[]>,
): void {
  const index = new Map(topology.nodes.map(({ name }, i) => [name, i]));
  const promoted = [...reigns].flatMap(([shard, list]) =>
    list.flatMap((reign, i) => {
      if (!Number.isFinite(reign.by)) return [];
      const earlier = list.findLast((other, k) => k < i && other.node === reign.node);
      const until = earlier && list[list.indexOf(earlier) + 1]!.by;
      return [{ shard, reign, node: index.get(reign.node), after: Math.max(reign.from - BEFORE, until ?? 0) }];
    }),
  );
  if (promoted.length === 0) return;
  const serving = servingKind(workload);
  const [dones, shards, nodes, kinds, statuses] = [
    probes.column('done'),
    probes.column('shard'),
    probes.column('node'),
    probes.column('kind'),
    probes.column('status'),
  ];
  for (let i = 0; i < dones.length; i++) {
    if (statuses[i] !== Status.ok || kinds[i] !== serving) continue;
    const done = dones[i]!;
    for (const { shard, reign, node, after } of promoted)
      if (nodes[i] === node && shards[i] === shard && done > after && done < reign.by) reign.by = done;
  }
  for (const { reign } of promoted) reign.from = Math.min(reign.from, reign.by);
}

/** A replica that trails by less than this when it is promoted was fed until then: what is missing is the tail of a crash, in ms. */
const TAIL = 1000;

/** Marks where a reign's node was cut off from those who went on without it. Changes the list. */
export function sever(recording: Recording, reigns: readonly Reign[], measured: number): void {
  for (const [i, next] of reigns.entries()) {
    const reign = reigns[i - 1];
    if (!reign || next.by > measured) continue;
    const cuts = recording.faults.flatMap((fault) => {
      const cut = parting(fault, reign.node, next.node);
      return cut && cut.from <= next.by ? [cut] : [];
    });
    if (cuts.length === 0) continue;
    const fed = lastFed(recording, reign.node, next);
    const tolerance = Math.max(TAIL / 4, 3 * recording.workload.observeEvery);
    if (fed === undefined) {
      const cut = cuts.find(({ to, parted }) => parted && to >= next.by - TAIL);
      if (cut) reign.severed = cut.from;
    } else if (fed < next.by - TAIL) {
      const cut = cuts.find(({ from, to }) => fed >= from - tolerance && fed <= to + tolerance);
      if (cut) reign.severed = Math.abs(fed - cut.from) <= tolerance ? cut.from : fed;
    }
  }
}

/** A fault that put one of the two out of reach of those who decide. `parted`: by its own word nothing was replicated between them. */
function parting({ effective, healedAt, cutOff, starved = [] }: FaultRecord, one: string, other: string) {
  if (!effective || !(cutOff.includes(one) || cutOff.includes(other))) return undefined;
  const parted = cutOff.includes(one) !== cutOff.includes(other) || starved.includes(other);
  return { from: effective.at, to: healedAt ?? Number.POSITIVE_INFINITY, parted };
}

/**
 * Until when a primary's writes reached its successor, by the replication offsets that both told: the last look at which the
 * primary had no more than what the replica had when it was promoted. undefined where one of them could not be asked.
 */
function lastFed({ samples, topology }: Recording, primary: string, successor: Reign): number | undefined {
  const [from, to] = [primary, successor.node].map((name) => topology.nodes.findIndex((node) => node.name === name));
  const [times, nodes, roles, offsets] = [
    samples.column('t'),
    samples.column('node'),
    samples.column('role'),
    samples.column('offset'),
  ];
  let [had, hadAt] = [Number.NaN, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < times.length; i++) {
    const t = times[i]!;
    if (nodes[i] === to && roles[i] === Role.replica && t <= successor.by && t > hadAt) [had, hadAt] = [offsets[i]!, t];
  }
  if (Number.isNaN(had) || had <= 0 || successor.by - hadAt > TAIL) return undefined;
  let [within, beyond] = [Number.NaN, Number.POSITIVE_INFINITY];
  let asked = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < times.length; i++) {
    const t = times[i]!;
    if (nodes[i] !== from || roles[i] !== Role.primary || t > successor.by) continue;
    asked = Math.max(asked, t);
    if (offsets[i]! > had) beyond = Math.min(beyond, t);
    else if (!(within > t)) within = t;
  }
  if (asked === Number.NEGATIVE_INFINITY) return undefined;
  if (beyond === Number.POSITIVE_INFINITY) return successor.by;
  return within < beyond ? (within + beyond) / 2 : beyond;
}

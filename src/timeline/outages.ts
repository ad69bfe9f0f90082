/**
 * Outages of each shard, from the probes' writes.
 *
 *   sent      a |     f |       |       |       |     b |
 *   answer      OK      x       x       x       x       OK
 *              from = between a and f                   to = the OK's arrival
 *
 * Service is an OK to a write that the shard keeps (majority.ts, reigns.ts). Between two such OKs a and b (in order of
 * arrival) lies an outage when probes watched in vain for longer than a hiccup (workload/vigil.ts). f is the first probe that
 * the node of a was sent after it.
 *
 * The true start lies between a's and f's sending: the middle is taken, so it is right to half a probe period either way.
 * The end is the arrival of b: an outage is never made shorter than it was, and at most one period plus one answer longer.
 * Where nothing was acknowledged between two of them but the answer that ends the first, they are one.
 */
import type { Recording } from '../recording/recording.js';
import { denialsIn, servingKind } from '../recording/service.js';
import { Status } from '../recording/tables.js';
import { hiccup, Vigil } from '../recording/vigil.js';
import { measuringEnd } from './measured.js';
import type { Ownership } from './ownership.js';
import type { Outage } from './types.js';

export interface SplitBrain {
  node: string;
  shard: number;
  from: number;
  to: number;
  count: number;
}

export interface Service {
  outages: Outage[];
  splitBrain: SplitBrain[];
  /** Per shard: the writes sent to it in order of sending. */
  probes: Map<number, ShardProbes>;
}

/** One shard's write probes, by row of the probe table, in order of sending; `valid` where the answer was service. */
export interface ShardProbes {
  rows: Uint32Array;
  valid: Uint8Array;
}

export function serviceOf(recording: Recording, ownership: Ownership): Service {
  const probes = probesByShard(recording, ownership);
  const outages: Outage[] = [];
  const splitBrain: SplitBrain[] = [];
  for (const { shard } of recording.topology.shards) {
    const mine = probes.get(shard);
    if (!mine) continue;
    outages.push(...outagesOf(recording, shard, mine));
    splitBrain.push(...splitBrainOf(recording, shard, mine, ownership));
  }
  const inTime = (a: { from: number; shard: number }, b: { from: number; shard: number }) =>
    a.from - b.from || a.shard - b.shard;
  return { outages: outages.sort(inTime), splitBrain: splitBrain.sort(inTime), probes };
}

/** Probes sent later belong to the read-back or to nobody: nodes are being taken down. */
const measuredUntil = ({ stages, clock }: Recording): number =>
  Math.min(clock.end, ...stages.filter((s) => s.name === 'collect' || s.name === 'teardown').map((s) => s.from));

function probesByShard(recording: Recording, ownership: Ownership): Map<number, ShardProbes> {
  const { probes, topology } = recording;
  const [sent, done, shards, nodes] = [
    probes.column('sent'),
    probes.column('done'),
    probes.column('shard'),
    probes.column('node'),
  ];
  const [kinds, statuses] = [probes.column('kind'), probes.column('status')];
  const until = measuredUntil(recording);
  const serving = servingKind(recording.workload);
  const counts = new Map<number, number>();
  const counted = (i: number): boolean => kinds[i] === serving && sent[i]! < until;
  for (let i = 0; i < probes.length; i++) if (counted(i)) counts.set(shards[i]!, (counts.get(shards[i]!) ?? 0) + 1);
  const out = new Map<number, ShardProbes>();
  for (const [shard, n] of counts) out.set(shard, { rows: new Uint32Array(n), valid: new Uint8Array(n) });
  const filled = new Map<number, number>();
  for (let i = 0; i < probes.length; i++) {
    if (!counted(i)) continue;
    const at = filled.get(shards[i]!) ?? 0;
    out.get(shards[i]!)!.rows[at] = i;
    filled.set(shards[i]!, at + 1);
  }
  for (const [shard, { rows, valid }] of out) {
    if (rows.some((row, i) => i > 0 && sent[row]! < sent[rows[i - 1]!]!))
      rows.set(Array.from(rows).sort((a, b) => sent[a]! - sent[b]!));
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      if (statuses[row] !== Status.ok) continue;
      const name = topology.nodes[nodes[row]!]?.name;
      if (name !== undefined && ownership.worth(name, shard, sent[row]!, done[row]!) === 'service') valid[i] = 1;
    }
  }
  return out;
}

function outagesOf(recording: Recording, shard: number, { rows, valid }: ShardProbes): Outage[] {
  const { probes, workload } = recording;
  const [sent, done, nodes] = [probes.column('sent'), probes.column('done'), probes.column('node')];
  const threshold = hiccup(workload.probeEvery);
  const out: Outage[] = [];
  const add = (
    outage: Pick<Outage, 'from' | 'quietFrom'>,
    to: number | undefined,
    start: number,
    end: number,
  ): void => {
    const answers = answersIn(recording, rows, valid, start, end, threshold);
    const found = { shard, ...outage, ...(to === undefined ? {} : { to }), answers };
    const last = out.at(-1);
    if (last?.to !== undefined && found.from <= last.to) out[out.length - 1] = joined(last, found);
    else out.push(found);
  };
  // Arrivals may overtake each other between nodes; a node's own come in the order of sending.
  const acked = Array.from(rows.keys()).filter((i) => valid[i] === 1);
  if (acked.some((i, k) => k > 0 && done[rows[i]!]! < done[rows[acked[k - 1]!]!]!))
    acked.sort((a, b) => done[rows[a]!]! - done[rows[b]!]!);

  const [statuses, errors] = [probes.column('status'), probes.column('error')];
  /** How long probes watched from a moment on until `end`; `last` is the node that served before. */
  const watched = (from: number, start: number, end: number, last?: number): number => {
    const vigil = new Vigil(workload.probeEvery);
    vigil.acknowledged(from);
    for (let i = start; i < rows.length && sent[rows[i]!]! < end; i++) {
      const row = rows[i]!;
      vigil.sent(sent[row]!);
      if (nodes[row] !== last) continue;
      const answer = { sent: sent[row]!, status: statuses[row]!, error: recording.errorTexts[errors[row]! - 1] };
      for (const at of denialsIn(answer, workload.probePatience)) vigil.denied(Math.min(at, end));
    }
    return vigil.silence(end);
  };
  const until = lastMoment(probes, rows);
  const head = acked[0] ?? rows.length;
  if (rows.length > 0) {
    const from = sent[rows[0]!]!;
    const end = acked.length > 0 ? done[rows[head]!]! : until;
    if (watched(from, 0, end) > threshold) add({ from }, acked.length > 0 ? end : undefined, 0, end);
  }
  for (let k = 0; k < acked.length; k++) {
    const a = acked[k]!;
    const b = acked[k + 1];
    const end = b === undefined ? until : done[rows[b]!]!;
    const quietFrom = done[rows[a]!]!;
    const node = nodes[rows[a]!];
    if (end - quietFrom <= threshold || watched(quietFrom, a + 1, end, node) <= threshold) continue;
    let f = a + 1;
    while (f < rows.length && nodes[rows[f]!] !== node && sent[rows[f]!]! < end) f++;
    if (b !== undefined && stalled(recording, rows, valid, a + 1, end, node!)) continue;
    const first = f < rows.length && sent[rows[f]!]! < end ? sent[rows[f]!]! : quietFrom;
    add({ from: (sent[rows[a]!]! + first) / 2, quietFrom }, b === undefined ? undefined : end, a + 1, end);
  }
  // Before the timeline's zero the harness was still warming up.
  const zero = recording.clock.zero ?? Number.NEGATIVE_INFINITY;
  return out.filter((o) => (o.to ?? Number.POSITIVE_INFINITY) > zero);
}

/**
 * Was it the harness that did not look? Each probe of the node was answered with OK in the end, one of them after longer than a
 * probe waits: it would have been given up if anybody had been there to do so.
 */
function stalled(
  { probes, workload: { probeEvery, probePatience } }: Recording,
  rows: Uint32Array,
  valid: Uint8Array,
  start: number,
  end: number,
  node: number,
): boolean {
  if (probePatience === undefined) return false;
  let longest = 0;
  for (let i = start; i < rows.length && probes.at(rows[i]!, 'sent') < end; i++) {
    const row = rows[i]!;
    if (probes.at(row, 'node') !== node) continue;
    if (valid[i] !== 1) return false;
    longest = Math.max(longest, probes.at(row, 'done') - probes.at(row, 'sent'));
  }
  return longest > probePatience + 2 * probeEvery;
}

/** Of two that overlap: what was answered late by the one ended the other. */
function joined(one: Outage, other: Outage): Outage {
  const { to: _, ...begun } = one;
  const answers = { ...one.answers };
  for (const [text, n] of Object.entries(other.answers)) answers[text] = (answers[text] ?? 0) + n;
  return { ...begun, ...(other.to === undefined ? {} : { to: Math.max(one.to ?? 0, other.to) }), answers };
}

function lastMoment(probes: Recording['probes'], rows: Uint32Array): number {
  if (rows.length === 0) return Number.NaN;
  const last = rows[rows.length - 1]!;
  const done = probes.at(last, 'done');
  return Number.isNaN(done) ? probes.at(last, 'sent') : done;
}

/** What the probes from row `start` on that were sent before `end` were answered. A valid OK among them came when it was over. */
function answersIn(
  recording: Recording,
  rows: Uint32Array,
  valid: Uint8Array,
  start: number,
  end: number,
  late: number,
): Record<string, number> {
  const { probes, errorTexts } = recording;
  const counts: Record<string, number> = {};
  const count = (text: string): void => {
    counts[text] = (counts[text] ?? 0) + 1;
  };
  for (let i = start; i < rows.length; i++) {
    const row = rows[i]!;
    if (probes.at(row, 'sent') >= end) break;
    if (valid[i] === 1) {
      if (probes.at(row, 'done') - probes.at(row, 'sent') > late) count('OK, but late');
    } else if (probes.at(row, 'status') === Status.ok) count('OK from a node that is not the owner');
    else count((errorTexts[probes.at(row, 'error') - 1] ?? 'no answer').replace(/^([A-Z]{2,}) .*$/s, '$1'));
  }
  return counts;
}

/**
 * OKs to writes that the shard does not keep. Reads are not looked at, nor is what came after the end of measuring: what two
 * nodes take when the harness heals is its own doing.
 */
function splitBrainOf(
  recording: Recording,
  shard: number,
  { rows, valid }: ShardProbes,
  ownership: Ownership,
): SplitBrain[] {
  const { probes, topology, workload } = recording;
  const slack = Math.max(10 * workload.probeEvery, 250);
  const end = measuringEnd(recording);
  const open = new Map<number, SplitBrain>();
  const out: SplitBrain[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const [from, to] = [probes.at(row, 'sent'), probes.at(row, 'done')];
    if (from >= end) break;
    if (valid[i] === 1 || probes.at(row, 'status') !== Status.ok) continue;
    const node = probes.at(row, 'node');
    const name = topology.nodes[node]?.name ?? `node ${node}`;
    if (ownership.worth(name, shard, from, to) !== 'false') continue;
    const last = open.get(node);
    if (last && from - last.to <= slack) {
      last.to = Math.max(last.to, to);
      last.count++;
      continue;
    }
    const stretch = { node: name, shard, from, to, count: 1 };
    open.set(node, stretch);
    out.push(stretch);
  }
  return out;
}

/** The longest stretch within [from, to] in which no write was sent to the shard, in ms: how blind the probes were. */
export function blindness(recording: Recording, shard: ShardProbes | undefined, from: number, to: number): number {
  if (!shard) return to - from;
  const sent = recording.probes.column('sent');
  let last = from;
  let longest = 0;
  for (const row of shard.rows) {
    const t = sent[row]!;
    if (t < from) continue;
    if (t > to) break;
    longest = Math.max(longest, t - last);
    last = t;
  }
  return Math.max(longest, to - last);
}

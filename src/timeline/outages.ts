/**
 * Outages of each shard, from the probes' writes.
 *
 *   sent      a |     f |       |       |       |     b |
 *   answer      OK      x       x       x       x       OK
 *              from = between a and f                   to = the OK's arrival
 *
 * Service is an OK to a write from a valid owner (see majority.ts), valid both when it was sent and when it was answered.
 * Between two such OKs a and b (in order of arrival) lies an outage when the probes that the same node was sent after a, beginning with f,
 * watched for longer than the threshold without b coming. A probe watches until the next one is sent, but three periods
 * at most: when the harness itself stalls it sends nothing and reads nothing, and one probe that was out meanwhile seems
 * to wait for long. That is a gap in the measurement, not an outage.
 *
 * The true start lies between a's and f's sending: the middle is taken, so it is right to half a probe period either way.
 * The end is the arrival of b: an outage is never made shorter than it was, and at most one period plus one answer longer.
 */
import { hiccup } from '../workload/hiccup.js';
import type { Recording } from '../workload/recording.js';
import { OpKind, Status } from '../workload/tables.js';
import type { Ownership } from './majority.js';
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
  const counts = new Map<number, number>();
  const counted = (i: number): boolean => kinds[i] === OpKind.write && sent[i]! < until;
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
      if (name !== undefined && ownership.serves(name, shard, sent[row]!) && ownership.serves(name, shard, done[row]!))
        valid[i] = 1;
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
    out.push({ shard, ...outage, ...(to === undefined ? {} : { to }), answers });
  };
  // Arrivals may overtake each other between nodes; a node's own come in the order of sending.
  const acked = Array.from(rows.keys()).filter((i) => valid[i] === 1);
  if (acked.some((i, k) => k > 0 && done[rows[i]!]! < done[rows[acked[k - 1]!]!]!))
    acked.sort((a, b) => done[rows[a]!]! - done[rows[b]!]!);

  const { until, watched } = watcher(recording, rows);
  const head = acked[0] ?? rows.length;
  if (rows.length > 0) {
    const end = acked.length > 0 ? done[rows[head]!]! : until;
    if (watched(0, end).time > threshold) add({ from: sent[rows[0]!]! }, acked.length > 0 ? end : undefined, 0, end);
  }
  for (let k = 0; k < acked.length; k++) {
    const a = acked[k]!;
    const b = acked[k + 1];
    const end = b === undefined ? until : done[rows[b]!]!;
    const quietFrom = done[rows[a]!]!;
    if (end - quietFrom <= threshold) continue;
    const { time, first } = watched(a + 1, end, nodes[rows[a]!]);
    if (time <= threshold) continue;
    add({ from: (sent[rows[a]!]! + first) / 2, quietFrom }, b === undefined ? undefined : end, a + 1, end);
  }
  // Before the timeline's zero the harness was still warming up.
  const zero = recording.clock.zero ?? Number.NEGATIVE_INFINITY;
  return out.filter((o) => (o.to ?? Number.POSITIVE_INFINITY) > zero);
}

/** How long the probes to a node (or to any), from row `start` on, really watched until `end`, and when the first was sent. */
function watcher({ probes, workload }: Recording, rows: Uint32Array) {
  const [sent, nodes] = [probes.column('sent'), probes.column('node')];
  const sight = 3 * workload.probeEvery;
  const watched = (start: number, end: number, node?: number): { time: number; first: number } => {
    let [time, first, last] = [0, Number.NaN, Number.NaN];
    for (let i = start; i < rows.length && sent[rows[i]!]! < end; i++) {
      if (node !== undefined && nodes[rows[i]!] !== node) continue;
      const t = sent[rows[i]!]!;
      if (Number.isNaN(first)) first = t;
      else time += Math.min(t - last, sight);
      last = t;
    }
    return { time: Number.isNaN(last) ? 0 : time + Math.min(end - last, sight), first };
  };
  return { until: lastMoment(probes, rows), watched };
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
 * OKs to writes that were no service. They may be acknowledged to a client and lost. Reads are not looked at, nor is an owner
 * that is back before its peers take back that they hold it for failed: nobody else has its shard.
 */
function splitBrainOf(
  recording: Recording,
  shard: number,
  { rows, valid }: ShardProbes,
  ownership: Ownership,
): SplitBrain[] {
  const { probes, topology, workload } = recording;
  const slack = Math.max(10 * workload.probeEvery, 250);
  const open = new Map<number, SplitBrain>();
  const out: SplitBrain[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (valid[i] === 1 || probes.at(row, 'status') !== Status.ok) continue;
    const node = probes.at(row, 'node');
    const name = topology.nodes[node]?.name ?? `node ${node}`;
    const [from, to] = [probes.at(row, 'sent'), probes.at(row, 'done')];
    if (ownership.owns(name, shard, from) && ownership.owns(name, shard, to)) continue;
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

/**
 * How far behind replicas were for those who read from them, by the writes of the probes, each of which wrote when it was sent:
 *
 *   write   1 OK      2 OK      3 OK             (acknowledged by a node whose writes the shard keeps)
 *   read                              ▲ got 1: two writes behind, for as long as 2 had been acknowledged
 *
 * A write that was acknowledged and lost counts as well, until the next one takes its place: its reader did not see it.
 */
import type { Recording } from '../recording/recording.js';
import { Status } from '../recording/tables.js';
import { lastAt } from './course.js';
import type { Service, ShardProbes } from './outages.js';
import type { Behind, ReplicaReading } from './types.js';

export function replicaReading(
  { replicaReads, probes, topology, errorTexts, workload }: Recording,
  service: Service,
  { from, to }: { from: number; to: number },
): ReplicaReading | undefined {
  if (replicaReads.length === 0) return undefined;
  const written = new Map([...service.probes].map(([shard, rows]) => [shard, kept(probes, rows)]));
  const out: ReplicaReading = { reads: 0, answered: 0, errors: {}, behind: 0, nodes: [] };
  const byNode = new Map<string, ReplicaReading['nodes'][number]>();
  for (let i = 0; i < replicaReads.length; i++) {
    const [sent, done, status] = [replicaReads.at(i, 'sent'), replicaReads.at(i, 'done'), replicaReads.at(i, 'status')];
    if (sent < from || sent >= to) continue;
    const node = topology.nodes[replicaReads.at(i, 'node')]?.name ?? `node ${replicaReads.at(i, 'node')}`;
    const mine = byNode.get(node) ?? { node, reads: 0, failed: 0, behind: 0, worst: { ms: 0, writes: 0 } };
    byNode.set(node, mine);
    out.reads++;
    mine.reads++;
    if (status !== Status.ok || Number.isNaN(done)) {
      const text = errorTexts[replicaReads.at(i, 'error') - 1] ?? 'no answer';
      out.errors[text] = (out.errors[text] ?? 0) + 1;
      mine.failed++;
      continue;
    }
    out.answered++;
    if (workload.probes === 'read') continue;
    const shard = replicaReads.at(i, 'shard');
    const behind = behindBy(written.get(shard), replicaReads.at(i, 'seen'), sent);
    if (behind.writes === 0) continue;
    out.behind++;
    mine.behind++;
    if (behind.ms > mine.worst.ms) mine.worst = behind;
    if (!out.worst || behind.ms > out.worst.ms) out.worst = { node, shard, at: sent, ...behind };
  }
  out.nodes = [...byNode.values()].sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));
  return out;
}

/** The writes that a shard keeps, in order of sending. */
interface Kept {
  sent: Float64Array;
  done: Float64Array;
}

function kept(probes: Recording['probes'], { rows, valid }: ShardProbes): Kept {
  const mine = rows.filter((_, i) => valid[i] === 1);
  const of = (column: 'sent' | 'done'): Float64Array => Float64Array.from(mine, (row) => probes.at(row, column));
  return { sent: of('sent'), done: of('done') };
}

function behindBy(written: Kept | undefined, seen: number, asked: number): Behind {
  if (!written) return { ms: 0, writes: 0 };
  const { sent, done } = written;
  const newer = lastAt(sent.length, (i) => sent[i]!, seen) + 1;
  let [writes, since] = [0, asked];
  for (let i = newer; i < sent.length && sent[i]! < asked; i++) {
    if (done[i]! > asked) continue;
    writes++;
    since = Math.min(since, done[i]!);
  }
  return { ms: asked - since, writes };
}

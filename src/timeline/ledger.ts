/** Accounts for every write: what was acknowledged and is gone, and what nobody knew about and is there. */

import type { LossCause } from '../recording/deeds.js';
import { appendKey, EXPIRY_TOLERANCE, expiringKey, timeToLive } from '../recording/keys.js';
import type { Recording } from '../recording/recording.js';
import { OpKind, profileNameOf, Status } from '../recording/tables.js';
import { mendedBefore } from './left.js';
import type { LogFact } from './logs.js';
import { causeOf, evictionsIn, type LostRow, restartsOf, resyncsIn, witnesses } from './loss-cause.js';
import type { Service } from './outages.js';
import type { Ownership } from './ownership.js';
import { sharesOf } from './shares.js';
import { slotMovesOf } from './slot-moves.js';
import type { Ledger, LostWrite } from './types.js';

/** How many losses are listed one by one. */
const LISTED = 300;

export const nothing: Ledger = {
  checked: false,
  acknowledged: 0,
  lost: 0,
  unknown: 0,
  unknownDurable: 0,
  failedButPresent: 0,
  duplicated: 0,
  byCause: {},
  losses: [],
  rpoMs: 0,
};

const unaccountable = {
  none: 'there was no workload',
  read: 'nobody wrote in this drill, so nothing was acknowledged that could be lost: values_missing and data_intact judge what was put there before',
  cache: 'this workload overwrites its keys: only kind append can be accounted for',
} as const;

/** `effectives` are the moments the incidents took effect; a loss is told relative to the nearest. */
export function ledgerOf(
  recording: Recording,
  ownership: Ownership,
  service: Service,
  facts: readonly LogFact[],
  effectives: readonly number[],
): Ledger {
  const { final, workload, ops, found } = recording;
  const acknowledged = countAcknowledged(recording);
  const unchecked = (why: string): Ledger => ({ ...nothing, why, acknowledged });
  if (workload.kind !== 'append' && workload.kind !== 'expiring') return unchecked(unaccountable[workload.kind]);
  if (acknowledged === 0) return unchecked('no write was acknowledged');
  if (!final) return unchecked('the final state was never read back');
  if (final.unread > 0) return unchecked(`${final.unread} keys could not be read back`);
  const mended = mendedBefore(recording);
  if (mended !== undefined) return unchecked(mended);
  // Of what was left, each key tells by itself whether somebody could be asked for it.
  if (!final.converged && !final.left)
    return unchecked(
      `the nodes did not converge before the read-back: ${final.unconverged ?? 'no reason was recorded'}`,
    );

  const present = elements(recording);
  if (!present) return unchecked('the elements read back are not those of this workload');
  const ledger: Ledger = { ...nothing, checked: true, acknowledged, byCause: {}, losses: [] };
  const [clients, seqs, kinds, statuses] = [
    ops.column('client'),
    ops.column('seq'),
    ops.column('kind'),
    ops.column('status'),
  ];
  const lost: number[] = [];
  /** By shard, when the oldest acknowledged write that is still there was sent. */
  const kept = new Map<number, number>();
  let unsure = 0;
  const doubtful = new Set(final.left?.unsure);
  const mayBeTheHeals = (seq: number): boolean => {
    const { tags } = workload;
    return doubtful.size > 0 && (!tags?.length || doubtful.has(tags[seq % tags.length]!));
  };
  const due = dueIn(recording);
  for (let i = 0; i < ops.length; i++) {
    if (kinds[i] !== OpKind.write) continue;
    const there = present[clients[i]!]![seqs[i]!]! > 0;
    const status = statuses[i];
    if (status === Status.ok) {
      if (!there && due(i)) continue;
      if (!there && mayBeTheHeals(seqs[i]!)) unsure++;
      else if (!there) lost.push(i);
      else
        kept.set(
          ops.at(i, 'shard'),
          Math.min(kept.get(ops.at(i, 'shard')) ?? Number.POSITIVE_INFINITY, ops.at(i, 'sent')),
        );
    } else if (status === Status.fail) {
      if (there) ledger.failedButPresent++;
    } else {
      ledger.unknown++;
      if (there) ledger.unknownDurable++;
    }
  }
  if (unsure > 0)
    return unchecked(
      `${unsure} acknowledged writes are gone, of which nobody could be asked before redrill's own heal: whether the drill lost them or the heal did is not known`,
    );
  for (const count of found.column('count')) if (count > 1) ledger.duplicated++;
  ledger.lost = lost.length;
  ledger.byProfile = sharesOf(ops, lost);
  const older = ({ shard, sent }: LostRow): boolean => (kept.get(shard) ?? Number.POSITIVE_INFINITY) < sent;
  if (lost.length > 0 && !oldestOf(lost, ops).every(older)) ledger.rpoAtLeast = true;
  account(ledger, lost, recording, ownership, service, facts, effectives);
  return ledger;
}

/** The oldest lost write of each shard. */
function oldestOf(rows: readonly number[], ops: Recording['ops']): LostRow[] {
  const oldest = new Map<number, LostRow>();
  for (const row of rows) {
    const write = lostRow(ops, row);
    const { shard, sent } = write;
    if (!((oldest.get(shard)?.sent ?? Number.POSITIVE_INFINITY) <= sent)) oldest.set(shard, write);
  }
  return [...oldest.values()];
}

const lostRow = (ops: Recording['ops'], row: number): LostRow => ({
  shard: ops.at(row, 'shard'),
  slot: ops.at(row, 'slot'),
  sent: ops.at(row, 'sent'),
  done: ops.at(row, 'done'),
});

/** Had a write's time to live run out by the time that it was looked for? Then nobody can say that it was lost. */
function dueIn({ workload: { ttl, tags = [] }, ops, final }: Recording): (row: number) => boolean {
  if (ttl === undefined) return () => false;
  return (row) => {
    const lives = timeToLive(tags, ops.at(row, 'client'), ops.at(row, 'seq'), ttl);
    return ops.at(row, 'sent') + lives <= (final?.at ?? 0) + EXPIRY_TOLERANCE;
  };
}

function countAcknowledged({ ops }: Recording): number {
  const [kinds, statuses] = [ops.column('kind'), ops.column('status')];
  let n = 0;
  for (let i = 0; i < kinds.length; i++) if (kinds[i] === OpKind.write && statuses[i] === Status.ok) n++;
  return n;
}

/** How often each element was found, by client and sequence number; undefined when the numbers are not dense. */
function elements({ ops, found }: Recording): Uint16Array[] | undefined {
  const highest: number[] = [];
  for (const table of [ops, found]) {
    const [clients, seqs] = [table.column('client'), table.column('seq')];
    for (let i = 0; i < clients.length; i++) if (!(highest[clients[i]!]! >= seqs[i]!)) highest[clients[i]!] = seqs[i]!;
  }
  const sizes = Array.from(highest, (h) => (h ?? -1) + 1);
  // A client counts from 0: numbers far beyond the operations are not its own, and would cost memory without end.
  if (sizes.reduce((a, b) => a + b, 0) > 16 * (ops.length + found.length) + 1e6) return undefined;
  const present = sizes.map((n) => new Uint16Array(n));
  const [clients, seqs, counts] = [found.column('client'), found.column('seq'), found.column('count')];
  for (let i = 0; i < found.length; i++) present[clients[i]!]![seqs[i]!] = counts[i]!;
  return present;
}

function account(
  ledger: Ledger,
  rows: number[],
  recording: Recording,
  ownership: Ownership,
  service: Service,
  facts: readonly LogFact[],
  effectives: readonly number[],
): void {
  const { ops, workload, faults } = recording;
  const scene = {
    ownership,
    faults,
    restarts: restartsOf(recording),
    moves: slotMovesOf(recording),
    resyncs: resyncsIn(facts),
    evictions: evictionsIn(recording),
    strangers: new Set(recording.topology.nodes.flatMap(({ name, role }) => (role === 'stranger' ? [name] : []))),
    witnesses: witnesses(recording, service),
  };
  rows.sort((a, b) => ops.at(a, 'done') - ops.at(b, 'done'));
  const spans = new Map<number, { first: number; last: number }>();
  for (const row of rows) {
    const write = lostRow(ops, row);
    const { node, cause } = causeOf(write, scene);
    ledger.byCause[cause] = (ledger.byCause[cause] ?? 0) + 1;
    const near = nearest(effectives, write.done);
    const span = spans.get(near) ?? { first: write.sent, last: write.done };
    span.first = Math.min(span.first, write.sent);
    span.last = write.done;
    spans.set(near, span);
    if (ledger.losses.length < LISTED) ledger.losses.push(describe(row, node, cause, near));
  }
  // Up to the fault everything was lost that was not yet replicated; acknowledgements after it prolong the loss. It begins where the
  // application sent the oldest lost write: a primary that froze acknowledges in a burst what it was sent over seconds.
  for (const [effective, { first, last }] of spans)
    ledger.rpoMs = Math.max(ledger.rpoMs, Math.max(Number.isNaN(effective) ? last : effective, last) - first);

  function describe(row: number, node: string | undefined, cause: LossCause, effective: number): LostWrite {
    const [client, seq, done] = [ops.at(row, 'client'), ops.at(row, 'seq'), ops.at(row, 'done')];
    return {
      client,
      seq,
      key: workload.tags?.length
        ? (workload.kind === 'expiring' ? expiringKey : appendKey)(workload.tags, client, seq)
        : `element ${seq} of client ${client}`,
      slot: ops.at(row, 'slot'),
      shard: ops.at(row, 'shard'),
      ackedAt: done,
      age: Number.isNaN(effective) ? 0 : done - effective,
      ...(node === undefined ? {} : { node }),
      profile: profileNameOf(ops.at(row, 'profile')),
      cause,
    };
  }
}

const nearest = (moments: readonly number[], t: number): number =>
  moments.reduce((best, m) => (Number.isNaN(best) || Math.abs(m - t) < Math.abs(best - t) ? m : best), Number.NaN);

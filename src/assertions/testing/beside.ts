/** What goes on beside the load of a synthetic drill: messages, keys with a time to live, readers of replicas. */
import { timeToLive } from '../../recording/keys.js';
import type { Recording } from '../../recording/recording.js';
import {
  newDeliveries,
  newExpiries,
  newMessages,
  newReplicaReads,
  newSubscriptions,
  OpKind,
  Status,
} from '../../recording/tables.js';
import { layout } from '../../recording/testing/story.js';

const E = layout.effective;

/** A message every 20 ms to subscribers on all nodes; the one on node-5 is deaf for some time, and its connection stands. */
export function withTalk(base: Recording, deafFor: number): Recording {
  const [messages, deliveries, subscriptions] = [newMessages(), newDeliveries(), newSubscriptions()];
  for (let node = 0; node < 6; node++) subscriptions.push({ subscriber: node, t: layout.zero - 500, done: Number.NaN });
  for (let sent = layout.zero; sent < 22_000; sent += 20) {
    const message = messages.push({ sent, done: sent + 1, shard: 2, node: 1, status: Status.ok, error: 0 });
    for (let subscriber = 0; subscriber < 6; subscriber++)
      if (subscriber !== 4 || sent < E || sent >= E + deafFor) deliveries.push({ message, subscriber, t: sent + 1 });
  }
  const workload = { ...base.workload, pubsub: { rate: 50, sharded: false } };
  return { ...base, messages, deliveries, subscriptions, workload };
}

/** Keys that live for two seconds, and such as outlive the drill; one of them has another time left than it should. */
export function withLifetimes(base: Recording, left?: number, whose = 0): Recording {
  const [tags, ttl] = [['0'], 2000];
  const expiries = newExpiries();
  let odd = left;
  for (let row = 0; row < base.ops.length; row++) {
    const [client, seq] = [base.ops.at(row, 'client'), base.ops.at(row, 'seq')];
    if (base.ops.at(row, 'kind') !== OpKind.write || base.ops.at(row, 'status') !== Status.ok) continue;
    const lives = timeToLive(tags, client, seq, ttl);
    const usual = lives === ttl ? -2 : base.ops.at(row, 'done') + lives - layout.end;
    const chosen = odd !== undefined && (lives === ttl) === (whose === 0);
    expiries.push({ client, seq, t: layout.end, left: chosen ? odd! : usual });
    if (chosen) odd = undefined;
  }
  return { ...base, expiries, workload: { ...base.workload, kind: 'expiring', ttl, tags } };
}

/** Reads from the replica of shard 2, which nothing happens to but that it stands still for some time. */
export function withReaders(base: Recording, stillFor: number, error?: string): Recording {
  const reads = newReplicaReads();
  const errorTexts = error === undefined ? base.errorTexts : [...base.errorTexts, error];
  for (let sent = layout.zero; sent < 22_000; sent += 20) {
    const stands = sent >= E && sent < E + stillFor;
    const refused = stands && error !== undefined;
    const answer = { status: refused ? Status.fail : Status.ok, error: refused ? errorTexts.length : 0 };
    reads.push({ sent, done: sent + 1, shard: 2, node: 4, ...answer, seen: (stands ? E : sent) - 5 });
  }
  return { ...base, errorTexts, replicaReads: reads, workload: { ...base.workload, replicaReads: 50 } };
}

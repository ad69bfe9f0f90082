/** The columns of what a drill measures: operations, probes, looks at nodes, and what was found in the end. Times are those of the recording. */
import { Table } from './table.js';

/** Outcome of an operation. `fail`: it certainly did not happen. `unknown`: nobody can say (time-out, reset, closed socket). */
export const Status = { pending: 0, ok: 1, fail: 2, unknown: 3 } as const;
/** Role as the node itself tells it. */
export const Role = { unreachable: 0, primary: 1, replica: 2, loading: 3, sentinel: 4 } as const;
export const OpKind = { write: 1, read: 2 } as const;
/** What probes ask for. Where nobody writes, service is a read that gives the value which was put there before. */
export type ProbeKind = keyof typeof OpKind;
/**
 * Which client settings carried the operation: tuned for measuring, the library's defaults (what an application feels), or
 * those of a client that waits on its socket for as long as it takes.
 */
export const Profile = { tuned: 0, default: 1, patient: 2 } as const;
export type ProfileName = keyof typeof Profile;
export const profileNameOf = (profile: number): ProfileName =>
  (Object.keys(Profile) as ProfileName[]).find((name) => Profile[name] === profile) ?? 'tuned';

/** One workload operation. `intended` is the open-loop schedule's moment: latency is `done - intended`. `done` is NaN while pending. */
export const opShape = {
  intended: 'f64',
  sent: 'f64',
  done: 'f64',
  client: 'u16',
  profile: 'u8',
  kind: 'u8',
  status: 'u8',
  error: 'u16',
  shard: 'u16',
  slot: 'u16',
  seq: 'u32',
} as const;

/** One probe: a raw command to one node. `shard` is 1-based; `node` is the index into `topology.nodes`; a write's value is the moment at which it was sent. */
export const probeShape = {
  sent: 'f64',
  done: 'f64',
  shard: 'u16',
  node: 'u16',
  kind: 'u8',
  status: 'u8',
  error: 'u16',
} as const;

/** One read of a probe's key from a node that is not the primary of its shard. `seen`: when the write was sent whose value it got, 0 where there was none. */
export const replicaReadShape = {
  sent: 'f64',
  done: 'f64',
  shard: 'u16',
  node: 'u16',
  status: 'u8',
  error: 'u16',
  seen: 'f64',
} as const;

/** One observer reading of one node. `replicasOnline`: of a primary, replicas in state online; `link`: of a replica, 1 when its link is up, no sync is running and it does not trail by more than a second. */
export const sampleShape = {
  t: 'f64',
  node: 'u16',
  role: 'u8',
  offset: 'f64',
  link: 'u8',
  syncing: 'u8',
  replicasOnline: 'u16',
  usedMemory: 'f64',
  evictedKeys: 'f64',
} as const;

/** One workload element that exists in the end: client and seq name the write, count > 1 is a duplicate. */
export const foundShape = { client: 'u16', seq: 'u32', count: 'u16' } as const;

/** One key with a time to live, asked for in the end: when, and how long it has left by the server's word, in ms; -1: for ever, -2: it is gone. */
export const expiryShape = { client: 'u16', seq: 'u32', t: 'f64', left: 'f64' } as const;

/** One published message; its row is its number. */
export const messageShape = {
  sent: 'f64',
  done: 'f64',
  shard: 'u16',
  node: 'u16',
  status: 'u8',
  error: 'u16',
} as const;

/** A message came to a subscriber, who is named by the node that it is connected to. */
export const deliveryShape = { message: 'u32', subscriber: 'u16', t: 'f64' } as const;

/** A subscription stood from `t` until `done`, when its connection was seen to end. */
export const subscriptionShape = { subscriber: 'u16', t: 'f64', done: 'f64' } as const;

/** By the name that each has in a recording. */
export const tableShapes = {
  ops: opShape,
  probes: probeShape,
  samples: sampleShape,
  found: foundShape,
  replicaReads: replicaReadShape,
  expiries: expiryShape,
  messages: messageShape,
  deliveries: deliveryShape,
  subscriptions: subscriptionShape,
} as const;
export type TableName = keyof typeof tableShapes;
export const tableNames = Object.keys(tableShapes) as TableName[];
/** Recordings of before these lack them: nobody looked. */
export const laterTables: ReadonlySet<TableName> = new Set<TableName>([
  'replicaReads',
  'expiries',
  'messages',
  'deliveries',
  'subscriptions',
]);

export type Ops = Table<typeof opShape>;
export type Probes = Table<typeof probeShape>;
export type Samples = Table<typeof sampleShape>;
export type FoundElements = Table<typeof foundShape>;
export type Expiries = Table<typeof expiryShape>;
export type Messages = Table<typeof messageShape>;
export type Deliveries = Table<typeof deliveryShape>;
export type Subscriptions = Table<typeof subscriptionShape>;
export type ReplicaReads = Table<typeof replicaReadShape>;

export const newOps = (): Ops => new Table(opShape, 16_384);
export const newProbes = (): Probes => new Table(probeShape, 65_536);
export const newSamples = (): Samples => new Table(sampleShape, 16_384);
export const newExpiries = (): Expiries => new Table(expiryShape, 1024);
export const newMessages = (): Messages => new Table(messageShape, 1024);
export const newDeliveries = (): Deliveries => new Table(deliveryShape, 4096);
export const newSubscriptions = (): Subscriptions => new Table(subscriptionShape, 64);
export const newReplicaReads = (): ReplicaReads => new Table(replicaReadShape, 1024);
export const newFound = (): FoundElements => new Table(foundShape, 16_384);

/** All of them, empty: of a run that has not seen anything. */
export const newTables = () => ({
  ops: newOps(),
  probes: newProbes(),
  samples: newSamples(),
  found: newFound(),
  replicaReads: newReplicaReads(),
  expiries: newExpiries(),
  messages: newMessages(),
  deliveries: newDeliveries(),
  subscriptions: newSubscriptions(),
});

/**
 * What a drill leaves behind, and all that judging and reporting may look at. Every time is in milliseconds on the
 * run's monotonic clock (core/clock); `clock.wallAtZero` maps it to the wall clock. Nodes are named node-1 … node-N,
 * shards are numbered 1 … S in slot order of the initial layout.
 */
import type { Opinion, Settings, ShardInfo } from '../deployment/types.js';
import type { FaultRecord, ProcedureRecord, StepRecord } from './deeds.js';
import type {
  Deliveries,
  Expiries,
  FoundElements,
  Messages,
  Ops,
  ProbeKind,
  Probes,
  ReplicaReads,
  Samples,
  Subscriptions,
} from './tables.js';

/** One node's view changed. Only the opinions that differ from the record before are listed. `since` is the poll before it: the change happened in (since, t]. */
export interface ViewChange {
  t: number;
  since: number;
  node: string;
  reachable: boolean;
  /** cluster_state as this node says it. */
  state?: 'ok' | 'fail';
  currentEpoch?: number;
  runId?: string;
  /** It answers, but has yet to load its data. Recordings of before tell it by an empty run id, and outside a cluster not at all. */
  loading?: true;
  opinions: Opinion[];
  /** Those whom its table lists no more. Recordings of before do not tell. */
  gone?: string[];
}

/** A stretch of the run: start, steady, timeline, settle, heal, verify, collect, teardown. */
export interface StageRecord {
  name: StageName;
  from: number;
  to?: number;
  error?: string;
}
export type StageName = 'start' | 'steady' | 'timeline' | 'settle' | 'heal' | 'verify' | 'collect' | 'teardown';

export interface LogLine {
  t: number;
  text: string;
}

export interface NodeInfo {
  name: string;
  /** Cluster node id or id of a sentinel (40 hex digits) where it has one. */
  id: string;
  /** Ids it took in the course of the drill: it lost its nodes.conf. */
  laterIds?: string[];
  address: string;
  /** Those that it had later, each from a moment on. */
  laterAddresses?: { from: number; address: string }[];
  shard: number;
  role: 'primary' | 'replica' | 'sentinel' | 'spare' | 'stranger';
  zone?: string;
  /** What it began with, in a topology of several servers. */
  server?: { product: 'redis' | 'valkey'; version: string };
  /** Settings of its own, beside or instead of what all have. */
  config?: Settings;
}

/** Failure domains, and the ways between them in words: "eu–us: 40 ms". `by`: what the kernel shapes them with. */
export interface ZonesInfo {
  names: string[];
  clients?: string;
  links: string[];
  by?: string;
}

/** Comparison of one replica with its primary after healing, writers stopped. */
export interface ReplicaCheck {
  shard: number;
  primary: string;
  replica: string;
  sameOffset: boolean;
  /** undefined when it could not be compared; `how` says why. */
  sameData?: boolean;
  how: string;
}

/** The state that the drill's own operators and servers left, with the load stopped. */
export interface FinalState {
  at: number;
  converged: boolean;
  /** Why not, in one line. */
  unconverged?: string;
  slotsCovered: number;
  nodesAgreeing: number;
  nodesTotal: number;
  replicas: ReplicaCheck[];
  /** The data set written before the first fault and read back at the end. */
  canaries: { written: number; missing: string[]; changed: string[] };
  /** Keys whose elements could not be read back: the ledger can't speak of them. */
  unread: number;
  /** Missing in older recordings: there redrill ended every fault before it looked, and nobody knows what the drill had left. */
  left?: LeftState;
}

/** What was so before redrill ended anything itself, and what it could only read afterwards. */
export interface LeftState {
  /** Faults that nothing in the scenario had ended: "isolate on node-3". */
  open: string[];
  /** Node by node, what keeps it from agreeing: "node-3 does not answer". */
  disagreements: string[];
  /** How many keys of the load were read from their owner, only from a replica of it, and only after redrill's own heal. */
  keys: { owner: number; replica: number; afterHeal: number };
  /** Hash tags of keys that nobody could be asked for although several nodes may hold them: what is missing may be the heal's doing. */
  unsure: string[];
  /** Values of the data set whose owner did not answer, and what was found of them on a replica or after the heal. */
  unserved: { key: string; is: 'unchanged' | 'missing' | 'changed' | 'unread' }[];
  /** When what was left open had been healed and read; missing where nothing was. */
  healedAt?: number;
}

export interface EngineInfo {
  engine: string;
  kernel: string;
  cpus: number;
  memory: number;
  node: string;
  redrill: string;
  host: string;
  image: { name: string; id: string; origin: string };
  server: { product: 'redis' | 'valkey'; version: string };
  connect: 'direct' | 'published';
}

/** How sentinels watch and fail over. Times in ms. */
export interface SentinelSpec {
  count: number;
  /** How many must hold the primary for down before one of them fails it over. */
  quorum: number;
  downAfter: number;
  failoverTimeout: number;
  parallelSyncs: number;
  /** What they call the primary; default: primaryNameOf. */
  primaryName?: string;
  /** Nodes know each other by names. */
  hostnames?: boolean;
  /** Lines of sentinel.conf. */
  config?: Settings;
}

export interface Recording {
  version: 1;
  runId: string;
  scenario: {
    name: string;
    title: string;
    variant?: { of: string; label: string };
    file?: string;
    /** Files of faults, procedures and objectives that are not redrill's own. */
    use?: string[];
    severity?: string;
    handbook: string[];
    tags: string[];
    description?: string;
  };
  seed: string;
  /** The printable plan, as `redrill plan` shows it. */
  plan: unknown;
  objectives: ObjectiveSpec[];
  clock: {
    /** Milliseconds since the Unix epoch at t = 0. */
    wallAtZero: number;
    /** The timeline's zero (steady state reached, load running) on the run's clock. */
    zero?: number;
    /** When the run ended. */
    end: number;
    /** Per node: milliseconds to add to its wall clock to get ours. */
    offsets: Record<string, number>;
  };
  environment: EngineInfo;
  topology: {
    kind: string;
    nodes: NodeInfo[];
    shards: ShardInfo[];
    replicasPerShard: number;
    /** How many replicas make each shard whole, where that is not the same number for all of them. */
    replicasByShard?: number[];
    config: Settings;
    /** What an RPO rests on, as a server told it when the drill began; recordings of before have none. */
    settings?: Record<string, string>;
    /** What each container may use: bytes, cores, bytes. */
    limits?: { memory?: number; cpus?: number; disk?: number };
    /** What the servers keep on disk, in the scenario's word. */
    persistence?: string;
    /** ms of silence after which a node is suspected: cluster-node-timeout, or down-after-milliseconds. 0: nobody looks. */
    nodeTimeout: number;
    /** The shortest of them, where nodes have different ones; `nodeTimeout` is then the longest. */
    leastNodeTimeout?: number;
    fullCoverage: boolean;
    zones?: ZonesInfo;
    /** Of kind sentinel. */
    sentinels?: SentinelSpec;
  };
  workload: {
    kind: 'append' | 'expiring' | 'cache' | 'read' | 'none';
    /** ms that the keys of kind expiring live; every second one outlives the drill. */
    ttl?: number;
    /** What service is: a write that is acknowledged (so also in recordings that do not tell), or a read. */
    probes?: ProbeKind;
    clients: number;
    rate: number;
    waitReplicas: number;
    /** Reads from replicas, a second; recordings of before had none. */
    replicaReads?: number;
    /** Messages a second, to everybody or by shard; recordings of before had none. */
    pubsub?: { rate: number; sharded: boolean };
    probeEvery: number;
    observeEvery: number;
    /** ms that a probe waits for its answer; recordings of before do not tell. */
    probePatience?: number;
    /** The slot that the probes of each shard write to; recordings of before have none. */
    probeSlots?: number[];
    /** Hash tags of the load in their order: with them a lost element can be told with its key (recording/keys). */
    tags?: string[];
  };
  stages: StageRecord[];
  faults: FaultRecord[];
  procedures: ProcedureRecord[];
  /** Missing in recordings of older versions. */
  steps?: StepRecord[];
  views: ViewChange[];
  logs: Record<string, LogLine[]>;
  final?: FinalState;
  /** Error texts; the tables' `error` columns are 1-based indexes into it, 0 is none. */
  errorTexts: string[];
  /**
   * The harness's own event loop: p99 and longest delay in ms while load was running, and the CPU time that the harness used
   * meanwhile, as a share of one core (unknown to older recordings).
   */
  eventLoop: { p99: number; max: number; cpu?: number };
  /** Things a reader must know: "host under load", "engine did not give back network x". */
  warnings: string[];
  /** Why the drill was ended before its budget was used up: what had not come by then might have. */
  early?: string;
  /** What stopped the run before its end, if anything did. */
  aborted?: { code: string; message: string };
  /** Why the drill can't be done on this server: nothing was tried. */
  skipped?: string;
  ops: Ops;
  probes: Probes;
  samples: Samples;
  found: FoundElements;
  replicaReads: ReplicaReads;
  expiries: Expiries;
  messages: Messages;
  deliveries: Deliveries;
  subscriptions: Subscriptions;
}

/** An objective as the scenario states it, already parsed; `position` points at its line in the file. */
export interface ObjectiveSpec {
  name: string;
  op: '<' | '<=' | '>' | '>=' | '==';
  /** In the objective's own unit: ms for durations, share 0..1 for percentages, plain number for counts. */
  limit: number;
  /** As written: "< 8s". */
  text: string;
  optional: boolean;
  position?: { file: string; line: number; column: number };
}

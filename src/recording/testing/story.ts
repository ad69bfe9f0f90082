/** What happens in each synthetic drill, as functions of the time since the fault (ms): who answers what, who plays which role. */

import type { ShardInfo } from '../../deployment/types.js';
import type { NodeInfo } from '../recording.js';
import { Role, Status } from '../tables.js';

export type Scenario = 'segfault' | 'minority' | 'never' | 'replica';

export const layout = {
  wallAtZero: Date.UTC(2025, 2, 12, 10, 0, 0),
  zero: 5000,
  effective: 8000,
  end: 25_000,
  clients: 8,
} as const;

const id = (n: number): string => `${n}`.repeat(4) + 'a1b2c3d4e5f60718293a4b5c6d7e8f90'.padEnd(36, '0').slice(0, 36);
export const nodes: NodeInfo[] = [1, 2, 3, 4, 5, 6].map((n) => ({
  name: `node-${n}`,
  id: id(n),
  address: `172.20.0.${n + 1}:6379`,
  shard: n <= 3 ? n : n - 3,
  role: n <= 3 ? 'primary' : 'replica',
  zone: ['a', 'b', 'c', 'b', 'c', 'a'][n - 1]!,
}));
export const shards: ShardInfo[] = [
  { shard: 1, slots: [[0, 5460]] },
  { shard: 2, slots: [[5461, 10_922]] },
  { shard: 3, slots: [[10_923, 16_383]] },
];
export const slotOf = (client: number, shard: number): number => (shard - 1) * 5461 + 100 + client * 37;

export const errorTexts = [
  'CLUSTERDOWN The cluster is down',
  'connection refused',
  'no answer within 250 ms',
  'MOVED',
  'connection reset',
  'LOADING Redis is loading the dataset in memory',
];

export interface Answer {
  status: number;
  error?: string;
  /** ms; a drawn latency when absent. */
  took?: number;
}
const OK: Answer = { status: Status.ok };
const MOVED: Answer = { status: Status.fail, error: 'MOVED' };
const DOWN: Answer = { status: Status.fail, error: 'CLUSTERDOWN The cluster is down' };
const REFUSED: Answer = { status: Status.fail, error: 'connection refused', took: 0.4 };

export interface Seen {
  role: number;
  link: number;
  syncing: number;
  replicasOnline: number;
}
const gone: Seen = { role: Role.unreachable, link: 0, syncing: 0, replicasOnline: 0 };
const primary = (replicasOnline: number): Seen => ({ role: Role.primary, link: 0, syncing: 0, replicasOnline });
const replica = (link: number, syncing = 0): Seen => ({ role: Role.replica, link, syncing, replicasOnline: 0 });

/** Moments are ms after the fault's effect. */
export interface Story {
  scenario: Scenario;
  name: string;
  title: string;
  fault: {
    type: string;
    summary: string;
    target: string;
    targetWords: string;
    evidence: string;
    kills: boolean;
    cuts: boolean;
  };
  suspected: number;
  agreed: number;
  elected?: number;
  promoted?: number;
  /** First acknowledged write on shard 1 again. */
  served?: number;
  restarted?: number;
  redundant?: number;
  healed?: number;
  /** How many of the last acknowledgements of shard 1's primary die with it. */
  tailLost: number;
  /** An acknowledgement by this node at t that will not survive. */
  lostAck(node: string, t: number): boolean;
  /** What a probe of this node for this shard is answered. */
  answer(node: string, shard: number, t: number): Answer;
  /** What the workload's client is answered, and by whom. */
  client(shard: number, t: number): { node: string; answer: Answer };
  sample(node: string, t: number): Seen;
}

/** How long the isolated primary goes on acknowledging before it sees that it is alone. */
export const isolatedAcks = 2300;
const owner = (shard: number): string => `node-${shard}`;
const isPrimary = (node: string, shard: number): boolean => node === owner(shard);

type Facts = Pick<Story, 'scenario' | 'name' | 'title' | 'fault' | 'suspected' | 'agreed' | 'tailLost'> &
  Partial<Pick<Story, 'elected' | 'promoted' | 'served' | 'restarted' | 'redundant' | 'healed'>>;

/** A story in which shard 1 loses its primary. */
export function storyOf(facts: Facts): Story {
  const {
    agreed,
    served = Infinity,
    restarted = Infinity,
    redundant = Infinity,
    promoted = Infinity,
    healed = Infinity,
  } = facts;
  const { cuts } = facts.fault;
  const down = (t: number): boolean => t >= agreed + 20 && t < served - 6;
  const answer = (node: string, shard: number, t: number): Answer => {
    if (t < 0) return isPrimary(node, shard) ? OK : MOVED;
    if (node === 'node-1') {
      if (cuts) return t < isolatedAcks ? OK : t < healed + 400 ? DOWN : MOVED;
      return t < restarted ? REFUSED : MOVED;
    }
    if (down(t)) return DOWN;
    if (node === 'node-4') return t >= served - 6 ? OK : MOVED;
    return isPrimary(node, shard) ? OK : MOVED;
  };
  return {
    ...facts,
    lostAck: (node, t) => cuts && node === 'node-1' && t >= 0,
    answer,
    client(shard, t) {
      // The client learns of the new owner a little after it serves.
      const node = shard === 1 && t > served + 40 ? 'node-4' : owner(shard);
      const given = answer(node, shard, t);
      return { node, answer: given === MOVED ? OK : given };
    },
    sample(node, t) {
      if (node === 'node-1') {
        if (t < 0) return primary(1);
        if (cuts)
          return t < healed + 400 ? primary(t < 1000 ? 1 : 0) : replica(t < redundant ? 0 : 1, t < redundant ? 1 : 0);
        return t < restarted ? gone : replica(t < redundant ? 0 : 1, t < redundant ? 1 : 0);
      }
      if (node === 'node-4') {
        if (t < 0) return replica(1);
        if (t < promoted) return replica(0);
        return primary(t >= redundant ? 1 : 0);
      }
      return node === 'node-2' || node === 'node-3' ? primary(1) : replica(1);
    },
  };
}

const timings = { suspected: 2400, agreed: 2500, elected: 3300, promoted: 3310, served: 3400 };
const segfault = {
  type: 'segfault',
  summary: 'DEBUG SEGFAULT: the server process crashes',
  target: 'node-1',
  targetWords: 'primary of shard 1',
  evidence: 'the container of node-1 exited with 139, its connections closed',
  kills: true,
  cuts: false,
};

function replicaStory(): Story {
  const restarted = 5000;
  const redundant = 6000;
  const answer = (node: string, shard: number, t: number): Answer => {
    if (node === 'node-4' && t >= 0 && t < restarted) return REFUSED;
    return isPrimary(node, shard) ? OK : MOVED;
  };
  return {
    scenario: 'replica',
    name: 'replica-crash',
    title: 'A replica crashes and comes back',
    fault: {
      ...segfault,
      target: 'node-4',
      targetWords: 'replica of shard 1',
      evidence: 'the container of node-4 exited with 139, its connections closed',
    },
    suspected: 2400,
    agreed: 2500,
    restarted,
    redundant,
    tailLost: 0,
    lostAck: () => false,
    answer,
    client: (shard, t) => ({ node: owner(shard), answer: answer(owner(shard), shard, t) }),
    sample(node, t) {
      if (node === 'node-4')
        return t < 0 ? replica(1) : t < restarted ? gone : replica(t < redundant ? 0 : 1, t < redundant ? 1 : 0);
      if (node === 'node-1') return primary(t >= 0 && t < redundant ? 0 : 1);
      return node === 'node-2' || node === 'node-3' ? primary(1) : replica(1);
    },
  };
}

export const stories: Record<Scenario, Story> = {
  segfault: storyOf({
    scenario: 'segfault',
    name: 'primary-segfault',
    title: 'A primary crashes and its replica takes over',
    fault: segfault,
    ...timings,
    restarted: 5000,
    redundant: 6000,
    tailLost: 3,
  }),
  minority: storyOf({
    scenario: 'minority',
    name: 'minority-partition',
    title: 'A primary is cut off together with a client that keeps writing',
    fault: {
      type: 'isolate',
      summary: 'The network to its peers is cut; clients still reach it',
      target: 'node-1',
      targetWords: 'primary of shard 1',
      evidence: 'node-1 is off the cluster network, its cluster links closed',
      kills: false,
      cuts: true,
    },
    ...timings,
    healed: 9000,
    redundant: 10_500,
    tailLost: 0,
  }),
  never: storyOf({
    scenario: 'never',
    name: 'no-failover',
    title: 'A primary crashes and fail-over is switched off',
    fault: segfault,
    suspected: 2400,
    agreed: 2500,
    tailLost: 3,
  }),
  replica: replicaStory(),
};

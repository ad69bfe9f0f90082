/**
 * A believable drill without a cluster, for tests and benches: 3 shards × 1 replica, node-timeout 2 s, and one of four
 * stories about shard 1. All moments are known exactly (`story`), so a test can say what an analysis must find.
 */
import { type Rng, seeded } from '../../core/rng.js';
import type { FaultRecord } from '../deeds.js';
import type { Recording } from '../recording.js';
import { newFound, newOps, newProbes, newSamples, newTables, OpKind, Profile, Role, Status } from '../tables.js';
import { logs, procedures, views } from './script.js';
import { errorTexts, layout, nodes, type Scenario, type Story, shards, slotOf, stories } from './story.js';

export type { Scenario, Story } from './story.js';
export { stories } from './story.js';

interface Options {
  /** Workload operations over the run's 25 s, 1 to some 10^6. Default 5000. */
  ops?: number;
  seed?: string;
  scenario?: Scenario;
  /** Another story than the scenario's own. */
  story?: Story;
}

/** The same options give the same recording, byte for byte. */
export function syntheticRecording({
  ops = 5000,
  seed = 'synthetic',
  scenario = 'segfault',
  story = stories[scenario],
}: Options = {}): Recording {
  const rng = seeded(seed);
  const workload = operations(story, ops, rng.fork('ops'));
  const recovered = story.served !== undefined || story.scenario === 'replica';
  return {
    version: 1,
    runId: `synthetic-${story.scenario}`,
    scenario: {
      name: story.name,
      title: story.title,
      severity: 'P2',
      handbook: ['5.1.1', '7.2'],
      tags: ['synthetic'],
      description: 'Made by recording/testing/synthetic, not by a cluster.',
    },
    seed,
    plan: {
      name: story.name,
      seed,
      timeline: [{ at: 3000, fault: story.fault.type, target: story.fault.targetWords }],
    },
    objectives: [
      { name: 'recovery_time', op: '<', limit: 8000, text: '< 8s', optional: false },
      { name: 'lost_acknowledged_writes', op: '<=', limit: 50, text: '<= 50', optional: false },
      { name: 'availability', op: '>=', limit: 0.6, text: '>= 60%', optional: false },
      { name: 'redundancy_restored', op: '<', limit: 30_000, text: '< 30s', optional: false },
      { name: 'p99_after', op: '<', limit: 20, text: '< 20ms', optional: true },
    ],
    clock: {
      wallAtZero: layout.wallAtZero,
      zero: layout.zero,
      end: layout.end,
      offsets: Object.fromEntries(nodes.map((n) => [n.name, 0])),
    },
    environment: {
      engine: 'Docker 20.10.24',
      kernel: '6.1.0',
      cpus: 2,
      memory: 24 * 1024 ** 3,
      node: 'v20.20.0',
      redrill: '0.1.0',
      host: 'synthetic',
      image: { name: 'redis:7.0', id: 'sha256:0', origin: 'synthetic' },
      server: { product: 'redis', version: '7.0.15' },
      connect: 'direct',
    },
    topology: {
      kind: 'cluster',
      nodes,
      shards,
      replicasPerShard: 1,
      config: { 'cluster-node-timeout': '2000', 'repl-diskless-sync-delay': '0' },
      nodeTimeout: 2000,
      fullCoverage: true,
    },
    workload: {
      kind: 'append',
      clients: layout.clients,
      rate: ops / 20,
      waitReplicas: 0,
      probeEvery: 10,
      observeEvery: 50,
    },
    stages: [
      { name: 'start', from: 0, to: 4000 },
      { name: 'steady', from: 4000, to: layout.zero },
      { name: 'timeline', from: layout.zero, to: layout.effective + 10 },
      { name: 'settle', from: layout.effective + 10, to: 22_000 },
      { name: 'verify', from: 22_000, to: 23_400 },
      { name: 'heal', from: 23_400, to: 23_500 },
      { name: 'collect', from: 23_500, to: 24_000 },
      { name: 'teardown', from: 24_000, to: 25_000 },
    ],
    faults: [faultOf(story)],
    procedures: procedures(story),
    views: views(story),
    logs: logs(story),
    final: {
      at: 23_500,
      converged: recovered,
      ...(recovered ? {} : { unconverged: 'slots 0-5460 have no owner that answers' }),
      slotsCovered: recovered ? 16_384 : 10_923,
      nodesAgreeing: recovered ? 6 : 5,
      nodesTotal: 6,
      replicas: shards.map(({ shard }) => ({
        shard,
        primary: recovered && shard === 1 && story.scenario !== 'replica' ? 'node-4' : `node-${shard}`,
        replica: recovered && shard === 1 && story.scenario !== 'replica' ? 'node-1' : `node-${shard + 3}`,
        sameOffset: recovered || shard !== 1,
        ...(recovered || shard !== 1 ? { sameData: true } : {}),
        how: recovered || shard !== 1 ? 'DEBUG DIGEST at equal offset' : 'primary does not answer',
      })),
      canaries: { written: 300, missing: [], changed: [] },
      unread: recovered ? 0 : layout.clients,
      left: {
        open: story.healed === undefined ? [`f1 on ${story.fault.target}`] : [],
        disagreements: recovered ? [] : [`${story.fault.target} does not answer`],
        keys: { owner: 40, replica: 0, afterHeal: 0 },
        unsure: [],
        unserved: [],
      },
    },
    errorTexts,
    eventLoop: { p99: 1.8, max: 9.5 },
    warnings: [],
    ...newTables(),
    ...workload,
    probes: probes(story, rng.fork('probes')),
    samples: samples(story),
  };
}

const faultOf = (story: Story): FaultRecord => ({
  id: 'f1',
  type: story.fault.type,
  summary: story.fault.summary,
  params: {},
  targets: [story.fault.target],
  targetWords: story.fault.targetWords,
  requestedAt: layout.effective - 12,
  effective: { at: layout.effective, uncertainty: 5, text: story.fault.evidence },
  cutOff: story.fault.cuts ? [story.fault.target] : [],
  ...(story.healed === undefined ? {} : { healedAt: layout.effective + story.healed }),
});

/** 0.3 to 2 ms with a thin tail; slower for a second after the fail-over, while clients reconnect. */
const latency = (rng: Rng, slow: boolean): number => {
  const u = rng.next();
  return (0.3 + 0.5 * rng.next() + (u > 0.99 ? 1.5 * rng.next() : 0)) * (slow ? 12 : 1);
};

function operations(story: Story, count: number, rng: Rng): Pick<Recording, 'ops' | 'found'> {
  const ops = newOps();
  const found = newFound();
  const from = layout.zero - 1000;
  const gap = (22_000 - from) / count;
  const seqs = new Uint32Array(layout.clients);
  const acked: number[] = [];
  for (let i = 0; i < count; i++) {
    const intended = from + i * gap;
    const client = i % layout.clients;
    const shard = 1 + rng.below(3);
    const kind = rng.next() < 0.8 ? OpKind.write : OpKind.read;
    const { node, answer } = story.client(shard, intended - layout.effective);
    const t = intended - layout.effective;
    const slow = story.served !== undefined && t > story.served && t < story.served + 1200;
    const took = answer.took ?? latency(rng, slow);
    const sent = intended + 0.02;
    // The crash itself: what was in flight is reset, and nobody can say whether it was done.
    const cut =
      story.fault.kills && node === story.fault.target && sent < layout.effective && sent + took > layout.effective;
    const status = cut ? Status.unknown : answer.status;
    const error = cut ? 'connection reset' : answer.error;
    const seq = kind === OpKind.write ? seqs[client]!++ : 0;
    const row = ops.push({
      intended,
      sent,
      done: sent + took,
      client,
      profile: client >= layout.clients - 2 ? Profile.default : Profile.tuned,
      kind,
      status,
      error: error ? errorTexts.indexOf(error) + 1 : 0,
      shard,
      slot: slotOf(client, shard),
      seq,
    });
    if (kind !== OpKind.write) continue;
    if (status === Status.ok) {
      if (story.lostAck(node, t)) continue;
      if (story.fault.kills && node === story.fault.target && sent + took < layout.effective) acked.push(row);
      found.push({ client, seq, count: 1 });
    } else if (status === Status.unknown && rng.next() < 0.3) found.push({ client, seq, count: 1 });
  }
  return { ops, found: story.tailLost > 0 ? without(found, ops, acked.slice(-story.tailLost)) : found };
}

/** The found table without these operations' elements: they were acknowledged and died with the primary. */
function without(found: Recording['found'], ops: Recording['ops'], rows: number[]): Recording['found'] {
  const gone = new Set(rows.map((r) => `${ops.at(r, 'client')}/${ops.at(r, 'seq')}`));
  const kept = newFound();
  for (let i = 0; i < found.length; i++) {
    const row = { client: found.at(i, 'client'), seq: found.at(i, 'seq'), count: found.at(i, 'count') };
    if (!gone.has(`${row.client}/${row.seq}`)) kept.push(row);
  }
  return kept;
}

function probes(story: Story, rng: Rng): Recording['probes'] {
  const table = newProbes();
  for (let t = layout.zero - 1000; t < 22_000; t += 10)
    for (const { shard } of shards)
      for (const node of [shard - 1, shard + 2])
        for (const kind of [OpKind.write, OpKind.read]) {
          const answer = story.answer(nodes[node]!.name, shard, t - layout.effective);
          const sent = t + 0.1 * node + 0.02 * kind;
          table.push({
            sent,
            done: sent + (answer.took ?? latency(rng, false)),
            shard,
            node,
            kind,
            status: answer.status,
            error: answer.error ? errorTexts.indexOf(answer.error) + 1 : 0,
          });
        }
  return table;
}

/** Across a cut nothing is replicated: the replica stands still until it leads. */
const lastFed = ({ fault, promoted = Number.POSITIVE_INFINITY }: Story, node: string, t: number): number =>
  fault.cuts && node === 'node-4' && t < layout.effective + promoted ? Math.min(t, layout.effective) : t;

function samples(story: Story): Recording['samples'] {
  const table = newSamples();
  for (let t = layout.zero - 1000; t < 23_500; t += 50)
    nodes.forEach((info, node) => {
      const seen = story.sample(info.name, t - layout.effective);
      const alive = seen.role !== Role.unreachable;
      table.push({
        t: t + node * 0.3,
        node,
        role: seen.role,
        offset: alive ? Math.round((lastFed(story, info.name, t) - 3000) * 40) : 0,
        link: seen.link,
        syncing: seen.syncing,
        replicasOnline: seen.replicasOnline,
        usedMemory: alive ? 3_000_000 + t * 60 : 0,
        evictedKeys: 0,
      });
    });
  return table;
}

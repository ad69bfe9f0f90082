/** From a started topology to steady state: everything that watches, and the load. */
import { setMaxListeners } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../core/clock.js';
import type { Progress } from '../core/progress.js';
import { s } from '../core/units.js';
import { until } from '../core/until.js';
import { isOutsider } from '../deployment/roles.js';
import type { Recording } from '../recording/recording.js';
import { serviceWords } from '../recording/service.js';
import { Texts } from '../recording/texts.js';
import type { Plan } from '../scenarios/types.js';
import { type Observer, observe } from '../server/observer.js';
import type { Topology } from '../topology/types.js';
import { type Canary, canariesFor, canaryTags, writeCanaries, writeUnguarded } from '../workload/canaries.js';
import { startLoad, tagsFor } from '../workload/load.js';
import { startProbes } from '../workload/probes.js';
import { startPubSub } from '../workload/pubsub.js';
import { startRecorder } from '../workload/recorder.js';
import { startReplicaReads } from '../workload/replica-reads.js';
import type { Stages } from './blank.js';
import { clockOffsets } from './clocks.js';
import type { Drill } from './drill.js';
import { needsTail, noTail, tailLogs } from './tail.js';

export interface Run {
  plan: Plan;
  recording: Recording;
  stages: Stages;
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
}

export interface Live extends Drill {
  giveUp: AbortController;
  canaries: Canary[];
  /** Nothing is timed any more: what the harness does from now on delays nobody's moments. */
  measured(): void;
}

/** Starts everything that watches, and the load; returns when the cluster is seen to be healthy and serving. */
export async function measure(
  { plan, recording, clock, signal, progress }: Run,
  topology: Topology,
  images: Drill['images'],
  watching: AbortSignal,
  onProbes: (prober: Live['prober']) => void,
): Promise<Live> {
  const giveUp = new AbortController();
  const texts = new Texts();
  recording.errorTexts = texts.list;
  recording.clock.offsets = await clockOffsets(topology, clock);
  const over = AbortSignal.any([signal, watching]);
  // Every node has an observer of its own.
  setMaxListeners(0, over);
  const observer = observe(topology, clock, over);
  const tail = needsTail(plan) ? tailLogs(topology, clock, recording.clock.offsets, over) : noTail;
  const recorder = startRecorder(topology.all);
  const mayBeOutside = topology.nodes.some(({ initial }) => isOutsider(initial.role));
  observer.onLook((view, since) => {
    if (!mayBeOutside || observer.consensus().nodes.has(view.node)) recorder.look(view, since);
  });
  recording.samples = recorder.samples;
  recording.views = recorder.views;
  const prober = startProbes(topology, clock, texts, observer.consensus, undefined, plan.workload.probes);
  onProbes(prober);
  recording.probes = prober.table;
  recording.workload.probeEvery = prober.every;
  recording.workload.probePatience = prober.patience;
  recording.workload.probeSlots = [...prober.slots];
  recording.workload.observeEvery = observer.every;
  const view = await until(observer.consensus, (seen) => seen.problems.length === 0, {
    describe: 'every node is healthy before the first fault',
    within: s(20) + 100 * topology.all.length,
    every: 10,
    signal,
    show: (seen) => seen.problems.slice(0, 3).join('; '),
  });
  const tags = tagsFor(topology);
  const valued = canaryTags(tags, topology.shards);
  const canaries = canariesFor(valued);
  const write = (): Promise<void> => writeCanaries(canaries, topology, view, signal);
  await (plan.workload.probes === 'read' ? writeUnguarded(topology, write) : write());
  const loaded = plan.workload.kind === 'read' ? valued : tags;
  const load = await startLoad(topology, plan.workload, clock, texts, loaded, signal);
  recording.ops = load.table;
  recording.workload.tags = load.tags.map(({ tag }) => tag);
  const { replicaReads } = plan.workload;
  const beside: Live['beside'] = [];
  if (replicaReads > 0) {
    const asked = { rate: replicaReads, keys: prober.keys, probes: plan.workload.probes };
    const readers = startReplicaReads(topology, asked, { clock, texts, view: observer.consensus });
    recording.replicaReads = readers.table;
    beside.push(readers);
  }
  if (plan.workload.pubsub) {
    const telling = { clock, texts, view: observer.consensus, signal };
    const pubsub = await startPubSub(topology, plan.workload.pubsub, telling);
    recording.messages = pubsub.messages;
    recording.deliveries = pubsub.deliveries;
    recording.subscriptions = pubsub.subscriptions;
    beside.push(pubsub);
  }
  const serving = (): number =>
    topology.shards.filter(({ shard }) => clock.now() - (prober.lastOk(shard) ?? 0) < 5 * prober.every).length;
  await until(serving, (n) => n === topology.shards.length, {
    describe: `every shard ${serviceWords(plan.workload).serves}`,
    within: s(10) + 100 * topology.all.length,
    every: 10,
    signal,
  });
  const measured = watchHarness(recording, observer, watching);
  const stopping = AbortSignal.any([signal, giveUp.signal]);
  // Every target is waited for, and every entry waits.
  setMaxListeners(0, stopping);
  return {
    plan,
    clock,
    signal: stopping,
    giveUp,
    progress,
    topology,
    observer,
    prober,
    load,
    beside,
    images,
    zero: clock.now(),
    ownersBefore: new Map(view.owners),
    epochBefore: Math.max(...[...view.nodes.values()].map((node) => node.currentEpoch)),
    faults: recording.faults,
    procedures: recording.procedures,
    steps: recording.steps ?? [],
    values: new Map(),
    tail,
    offsets: recording.clock.offsets,
    live: [],
    warnings: [],
    done: new Set(),
    unreached: new Set(),
    open: 0,
    waiting: 0,
    canaries,
    measured,
  };
}

/** A harness that stalls measures itself: its own delay and what it used are part of the record. */
function watchHarness(recording: Recording, observer: Observer, watching: AbortSignal): () => void {
  const resolution = 10;
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  const [cpu, at] = [process.cpuUsage(), performance.now()];
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    delay.disable();
    const ms = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution);
    const { user, system } = process.cpuUsage(cpu);
    recording.eventLoop = {
      p99: ms(delay.percentile(99)),
      max: ms(delay.max),
      cpu: (user + system) / 1000 / (performance.now() - at),
    };
    // Where many nodes have to share the time that there is, it was more than planned.
    recording.workload.observeEvery = Math.round(observer.kept());
  };
  watching.addEventListener('abort', end);
  return end;
}

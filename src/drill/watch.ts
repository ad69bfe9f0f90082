/** Who watches a started topology: an observer and probes on every node, its clocks and logs, and the harness itself. */
import { setMaxListeners } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isOutsider } from '../deployment/roles.js';
import type { Recording } from '../recording/recording.js';
import { Texts } from '../recording/texts.js';
import { type Observer, observe } from '../server/observer.js';
import { startProbes } from '../workload/probes.js';
import { startRecorder } from '../workload/recorder.js';
import { clockOffsets } from './clocks.js';
import { needsTail, noTail, tailLogs } from './tail.js';
import type { Ground, Run, Watch } from './types.js';

export interface Watching extends Watch {
  /** What still comes in afterwards would change the tables while they are written down. */
  stop(): Promise<void>;
}

export async function startWatching(run: Run, { topology }: Ground): Promise<Watching> {
  const { plan, recording, clock } = run;
  const ended = new AbortController();
  const over = AbortSignal.any([run.signal, ended.signal]);
  // Every node has an observer of its own.
  setMaxListeners(0, over);
  const texts = new Texts();
  recording.errorTexts = texts.list;
  const offsets = await clockOffsets(topology, clock);
  recording.clock.offsets = offsets;
  const observer = observe(topology, clock, over);
  recording.workload.observeEvery = observer.every;
  const tail = needsTail(plan) ? tailLogs(topology, clock, offsets, over) : noTail;
  record(observer, run, { topology });
  const prober = startProbes(topology, clock, texts, observer.consensus, undefined, plan.workload.probes);
  recording.probes = prober.table;
  recording.workload.probeEvery = prober.every;
  recording.workload.probePatience = prober.patience;
  recording.workload.probeSlots = [...prober.slots];
  const stop = async (): Promise<void> => {
    ended.abort();
    await prober.stop();
  };
  return { observer, prober, tail, offsets, texts, stop };
}

function record(observer: Observer, { recording }: Run, { topology }: Pick<Ground, 'topology'>): void {
  const recorder = startRecorder(topology.all);
  const mayBeOutside = topology.nodes.some(({ initial }) => isOutsider(initial.role));
  observer.onLook((view, since) => {
    if (!mayBeOutside || observer.consensus().nodes.has(view.node)) recorder.look(view, since);
  });
  recording.samples = recorder.samples;
  recording.views = recorder.views;
}

/**
 * A harness that stalls measures itself: its own delay and what it used are part of the record.
 * @returns what ends it. What the harness does from then on delays nobody's moments. Safe to call twice.
 */
export function watchHarness(recording: Recording, observer: Observer): () => void {
  const resolution = 10;
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  const [cpu, at] = [process.cpuUsage(), performance.now()];
  let over = false;
  return () => {
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
}

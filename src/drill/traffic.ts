/** What clients do in a drill: a data set that must outlive it, the load, and what goes on beside the load. */
import { s } from '../core/units.js';
import { until } from '../core/until.js';
import type { ClusterView } from '../deployment/types.js';
import { serviceWords } from '../recording/service.js';
import { type Canary, canariesFor, canaryTags, writeCanaries, writeUnguarded } from '../workload/canaries.js';
import type { Written } from '../workload/final/index.js';
import { startLoad, tagsFor } from '../workload/load.js';
import { startPubSub } from '../workload/pubsub.js';
import { startReplicaReads } from '../workload/replica-reads.js';
import type { Ground, Run, Traffic, Watch } from './types.js';

/** Resolves when every node is healthy. */
export const steadyView = ({ signal }: Run, { topology }: Ground, { observer }: Watch): Promise<ClusterView> =>
  until(observer.consensus, (seen) => seen.problems.length === 0, {
    describe: 'every node is healthy before the first fault',
    within: s(20) + 100 * topology.all.length,
    every: 10,
    signal,
    show: (seen) => seen.problems.slice(0, 3).join('; '),
  });

/** Resolves when the load runs and every shard serves. */
export async function startTraffic(run: Run, ground: Ground, watch: Watch, view: ClusterView): Promise<Traffic> {
  const { plan, recording, clock, signal } = run;
  const { topology } = ground;
  const tags = tagsFor(topology);
  const valued = canaryTags(tags, topology.shards);
  const canaries = canariesFor(valued);
  const write = (): Promise<void> => writeCanaries(canaries, topology, view, signal);
  await (plan.workload.probes === 'read' ? writeUnguarded(topology, write) : write());
  const loaded = plan.workload.kind === 'read' ? valued : tags;
  const load = await startLoad(topology, plan.workload, clock, watch.texts, loaded, signal);
  recording.ops = load.table;
  recording.workload.tags = load.tags.map(({ tag }) => tag);
  const beside = await startBeside(run, ground, watch);
  await untilServed(run, ground, watch);
  return { load, beside, canaries };
}

async function startBeside(
  { plan, recording, clock, signal }: Run,
  { topology }: Ground,
  { texts, observer, prober }: Watch,
): Promise<Traffic['beside']> {
  const { replicaReads, probes, pubsub } = plan.workload;
  const view = observer.consensus;
  const beside: Traffic['beside'] = [];
  if (replicaReads > 0) {
    const asked = { rate: replicaReads, keys: prober.keys, probes };
    const readers = startReplicaReads(topology, asked, { clock, texts, view });
    recording.replicaReads = readers.table;
    beside.push(readers);
  }
  if (pubsub) {
    const told = await startPubSub(topology, pubsub, { clock, texts, view, signal });
    recording.messages = told.messages;
    recording.deliveries = told.deliveries;
    recording.subscriptions = told.subscriptions;
    beside.push(told);
  }
  return beside;
}

async function untilServed({ plan, clock, signal }: Run, { topology }: Ground, { prober }: Watch): Promise<void> {
  const serving = (): number =>
    topology.shards.filter(({ shard }) => clock.now() - (prober.lastOk(shard) ?? 0) < 5 * prober.every).length;
  await until(serving, (n) => n === topology.shards.length, {
    describe: `every shard ${serviceWords(plan.workload).serves}`,
    within: s(10) + 100 * topology.all.length,
    every: 10,
    signal,
  });
}

/** What goes on beside it ends first: it may need the answers of what the load and the probes still do. */
export async function stopTraffic({ load, beside }: Traffic): Promise<void> {
  for (const one of beside) await one.stop();
  await load.stop();
}

/** What has to be found again. */
export const writtenBy = (
  { plan }: Run,
  { load, canaries }: { load: Traffic['load']; canaries: Canary[] },
): Written => ({
  tags: load.tags.map(({ tag }) => tag),
  sequences: plan.workload.kind === 'append' || plan.workload.kind === 'expiring' ? load.sequences : [],
  ttl: plan.workload.kind === 'expiring' ? plan.workload.ttl : undefined,
  canaries,
});

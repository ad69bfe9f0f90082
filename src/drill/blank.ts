import { hostname } from 'node:os';
import type { Clock } from '../core/clock.js';
import type { Progress } from '../core/progress.js';
import { traitsOf } from '../deployment/kinds.js';
import type { Fleet } from '../fleet/types.js';
import type { StepRecord } from '../recording/deeds.js';
import type { Recording, StageName, ZonesInfo } from '../recording/recording.js';
import { newTables } from '../recording/tables.js';
import { drawnLeaves } from '../scenarios/leaves.js';
import { printable } from '../scenarios/plan.js';
import { serverNamed } from '../scenarios/possible.js';
import { expectedOf, titleOf } from '../scenarios/steps/describe.js';
import type { Plan } from '../scenarios/types.js';
import { wantedReplicas } from '../topology/layout.js';
import { limitsOf } from '../topology/limits.js';
import { describeLink } from '../topology/links.js';
import { settingsAmong } from '../topology/settings.js';
import { leastNodeTimeout, nodeTimeout } from '../topology/silence.js';
import type { Topology, ZonesSpec } from '../topology/types.js';
import { redrillVersion } from './folder.js';

/** A recording in which nothing has happened yet: what a run that dies early leaves is still complete and says so. */
export function blankRecording(plan: Plan, runId: string, clock: Clock): Recording {
  const { scenario, topology, workload } = plan;
  return {
    version: 1,
    runId,
    scenario: {
      name: scenario.name,
      title: scenario.title,
      handbook: scenario.handbook,
      tags: scenario.tags,
      ...(scenario.variant && { variant: scenario.variant }),
      ...(scenario.file !== undefined && { file: scenario.file }),
      ...(scenario.use && { use: scenario.use }),
      ...(scenario.severity !== undefined && { severity: scenario.severity }),
      ...(scenario.description !== undefined && { description: scenario.description }),
    },
    seed: plan.seed,
    plan: printable(plan),
    objectives: plan.objectives,
    clock: { wallAtZero: clock.wall(0), end: 0, offsets: {} },
    environment: {
      engine: 'unknown',
      kernel: 'unknown',
      cpus: 0,
      memory: 0,
      node: process.version,
      redrill: redrillVersion(),
      host: hostname(),
      image: { name: topology.image, id: '', origin: 'not resolved' },
      server: serverNamed(topology.image) ?? { product: 'redis', version: 'unknown' },
      connect: 'direct',
    },
    topology: {
      kind: topology.kind,
      nodes: [],
      shards: [],
      replicasPerShard: topology.replicas,
      ...(uneven(topology) && { replicasByShard: wantedReplicas(topology) }),
      config: topology.config,
      limits: limitsOf(topology),
      persistence: topology.persistence ?? 'none',
      nodeTimeout: nodeTimeout(topology),
      ...(leastNodeTimeout(topology) < nodeTimeout(topology) && { leastNodeTimeout: leastNodeTimeout(topology) }),
      fullCoverage:
        traitsOf(topology.kind).hasSlots &&
        settingsAmong(topology, 'cluster-require-full-coverage').some((value) => value !== 'no'),
      ...(topology.sentinels && { sentinels: topology.sentinels }),
      ...(topology.zones && { zones: zonesInfo(topology.zones) }),
    },
    workload: {
      kind: workload.kind,
      probes: workload.probes,
      ...(workload.kind === 'expiring' && { ttl: workload.ttl }),
      clients: workload.clients,
      rate: workload.rate,
      waitReplicas: workload.waitReplicas,
      ...(workload.pubsub && { pubsub: workload.pubsub }),
      ...(workload.replicaReads > 0 && { replicaReads: workload.replicaReads }),
      probeEvery: 0,
      observeEvery: 0,
    },
    stages: [],
    faults: [],
    procedures: [],
    steps: blankSteps(plan.entries),
    views: [],
    logs: {},
    errorTexts: [],
    eventLoop: { p99: 0, max: 0 },
    warnings: [],
    ...newTables(),
  };
}

const uneven = (topology: Plan['topology']): boolean =>
  wantedReplicas(topology).some((wanted) => wanted !== topology.replicas);

/** Every step from the beginning: what is never reached is told as such, and dashboards keep a stable set. */
const blankSteps = (entries: Plan['entries']): StepRecord[] =>
  entries.flatMap((entry) =>
    drawnLeaves([entry]).flatMap((step): StepRecord[] =>
      step.kind === 'fault' || step.kind === 'procedure'
        ? []
        : [
            {
              id: step.id,
              entry: entry.id,
              named: step.named,
              kind: step.kind,
              title: titleOf(step),
              expected: expectedOf(step),
              optional: step.optional,
              nodes: [],
              attempts: 0,
              verdict: 'not reached',
            },
          ],
    ),
  );

const zonesInfo = ({ names, clients, links = [] }: ZonesSpec): ZonesInfo => ({
  names,
  ...(clients !== undefined && { clients }),
  links: links.map(describeLink),
});

/** What only a formed topology can tell. */
export function noteTopology(recording: Recording, topology: Topology, fleet: Fleet): void {
  const { software, ...machine } = fleet.machine;
  recording.environment = {
    ...recording.environment,
    engine: software,
    ...machine,
    image: topology.image,
    server: topology.server,
    connect: fleet.connect,
  };
  noteNodes(recording, topology);
  recording.topology.shards = [...topology.shards];
  if (recording.topology.zones && topology.linksBy !== undefined) recording.topology.zones.by = topology.linksBy;
}

/** To be called again at the end: some have taken other ids and addresses meanwhile. */
export const noteNodes = (recording: Recording, { info }: Topology): void => {
  recording.topology.nodes = [...info];
};

/** One stage at a time: beginning one ends the one before. */
export function stageKeeper(recording: Recording, clock: Clock, progress: Progress) {
  const end = (error?: string): void => {
    const last = recording.stages.at(-1);
    if (!last || last.to !== undefined) return;
    last.to = clock.now();
    if (error !== undefined) last.error = error;
  };
  return {
    begin: (name: StageName, detail?: string): void => {
      end();
      recording.stages.push({ name, from: clock.now() });
      progress.phase(name, detail);
    },
    end,
  };
}
export type Stages = ReturnType<typeof stageKeeper>;

/** From a recording to all that objectives and reports need. Pure, and done once per recording. */

import { formatDuration } from '../core/units.js';
import { noticedBy } from '../deployment/timing.js';
import type { Recording } from '../recording/recording.js';
import { bucketsOf } from './application.js';
import { doubtsIn } from './doubts.js';
import { storyOf } from './events.js';
import { expiriesOf } from './expiries.js';
import { disturbancesOf } from './incidents.js';
import { covered } from './interval.js';
import { latencyIn, measuringProfile, waitsOf } from './latency.js';
import { ledgerOf } from './ledger.js';
import { leftOver } from './left.js';
import { logFacts } from './logs.js';
import { longestRecovery } from './longest.js';
import { measuringEnd } from './measured.js';
import { messagesIn } from './messages.js';
import { type Service, serviceOf } from './outages.js';
import { type Ownership, ownershipOf } from './ownership.js';
import { incidentOf } from './phases.js';
import { thinStretches } from './redundancy.js';
import { replicaReading } from './replica-reads.js';
import type { Analysis, Incident, LatencySummary, Outage, Window } from './types.js';

interface Known {
  analysis: Analysis;
  service: Service;
  ownership: Ownership;
}
const analyses = new WeakMap<Recording, Known>();

export const analyse = (recording: Recording): Analysis => known(recording).analysis;

/** The probes and owners behind an analysis, for objectives that must know whether anybody was watching. */
export const evidenceOf = ({ recording }: Analysis): Omit<Known, 'analysis'> => known(recording);

function known(recording: Recording): Known {
  let found = analyses.get(recording);
  if (!found) {
    found = derive(recording);
    analyses.set(recording, found);
  }
  return found;
}

function derive(recording: Recording): Known {
  const ownership = ownershipOf(recording);
  const service = serviceOf(recording, ownership);
  const { outages, splitBrain } = service;
  const facts = logFacts(recording);
  const disturbances = disturbancesOf(recording, ownership, outages);
  const zero = recording.clock.zero ?? 0;
  const thin = thinStretches(recording, ownership);
  const studied = disturbances.map((d) =>
    incidentOf(
      {
        recording,
        ownership,
        facts,
        thin,
        outages,
        buckets: bucketsOf(recording, zero, d.at, measuringEnd(recording)),
      },
      d,
    ),
  );
  const incidents = studied.map((s) => s.incident);
  const [first] = incidents;
  const longest = longestRecovery(incidents);
  const windows = windowsOf(recording, incidents);
  const measured = measuredOf(recording, incidents);
  const ledger = ledgerOf(
    recording,
    ownership,
    service,
    facts,
    incidents.map((i) => i.at),
  );
  const messages = measured && messagesIn(recording, measured);
  const expiries = expiriesOf(recording);
  const replicaReads = measured && replicaReading(recording, service, measured);
  const analysis: Analysis = {
    recording,
    ...(first && { effective: { at: first.at, uncertainty: first.uncertainty, fault: first.fault } }),
    affectedShards: [...new Set(incidents.flatMap((i) => i.affectedShards))].sort((a, b) => a - b),
    outages,
    events: storyOf(recording, facts, outages, incidents),
    phases: longest?.phases ?? [],
    incidents,
    moments: longest?.moments ?? {},
    windows,
    latency: latencies(recording, windows),
    ...(measured && { measured, availability: availabilityOf(recording, outages, measured) }),
    ledger,
    ...(messages && { messages }),
    ...(expiries && { expiries }),
    ...(replicaReads && { replicaReads }),
    splitBrain,
    doubts: doubtsIn(recording, ownership, outages),
    notes: [...studied.flatMap((s) => s.notes), ...notesOf(recording, splitBrain, ledger, incidents)],
  };
  return { analysis, service, ownership };
}

/**
 * The end of what the disturbance did: service and application are back; without an interruption, the fault is healed, by
 * itself or by the last procedure, and replicas are back. undefined when that never came.
 */
function overAt({ recording, incident }: { recording: Recording; incident: Incident }): number | undefined {
  const { episode, moments, clientErrors, redundancyLost } = incident;
  if (episode || clientErrors) {
    if ((episode && moments.served === undefined) || (clientErrors && moments.client === undefined)) return undefined;
    return Math.max(moments.served ?? 0, moments.client ?? 0);
  }
  if (redundancyLost && moments.redundant === undefined) return undefined;
  const end = measuringEnd(recording);
  const mine = recording.faults.filter(
    (f) => f.effective && f.effective.at >= incident.at && f.effective.at < incident.until,
  );
  const procedures = recording.procedures.filter((p) => p.startedAt >= incident.at && p.startedAt < incident.until);
  const cured = Math.max(
    ...procedures.map(({ verdict, endedAt = end }) => (verdict === 'done' ? endedAt : end)),
    procedures.length === 0 ? end : incident.at,
  );
  const works =
    mine.length > 0
      ? mine.map(({ healedAt = end }) => (healedAt < end ? healedAt : redundancyLost ? incident.at : cured))
      : [cured];
  return Math.min(end, Math.max(moments.redundant ?? incident.at, moments.promoted ?? incident.at, ...works));
}

/** before: the timeline's zero to the first effect. during: to the end of the last disturbance. after: to the end of the load. Empty windows are left out. */
function windowsOf(recording: Recording, incidents: readonly Incident[]): Window[] {
  const [first] = incidents;
  const last = incidents.at(-1);
  if (!first || !last) return [];
  const end = measuringEnd(recording);
  const over = overAt({ recording, incident: last });
  const windows: Window[] = [
    { name: 'before', from: recording.clock.zero ?? 0, to: first.at },
    { name: 'during', from: first.at, to: over ?? end },
  ];
  if (over !== undefined) windows.push({ name: 'after', from: over, to: end });
  return windows.filter((w) => w.to > w.from);
}

function latencies({ ops }: Recording, windows: readonly Window[]): Partial<Record<Window['name'], LatencySummary>> {
  if (ops.length === 0) return {};
  const waits = waitsOf(ops, measuringProfile(ops));
  return Object.fromEntries(
    windows.flatMap((w) => {
      const summary = latencyIn(ops, waits, w);
      return summary ? [[w.name, summary]] : [];
    }),
  );
}

/** From the first effect until the drill had settled: everything was back and had been for a moment, or the budget was used up. */
function measuredOf(recording: Recording, incidents: readonly Incident[]): Analysis['measured'] {
  const [first] = incidents;
  if (!first) return undefined;
  const to = measuringEnd(recording);
  return to > first.at ? { from: first.at, to } : undefined;
}

/**
 * Availability of a shard: the share of the measured stretch outside its outages. Of the cluster: the mean over shards,
 * weighted by their slots, which is the share of keys and time that was served.
 */
function availabilityOf({ topology }: Recording, outages: readonly Outage[], measured: { from: number; to: number }) {
  const length = measured.to - measured.from;
  const perShard: Record<number, number> = {};
  let [served, slots] = [0, 0];
  for (const { shard, slots: ranges } of topology.shards) {
    const mine = outages
      .filter((o) => o.shard === shard)
      .map((o) => ({ from: o.from, to: o.to ?? Number.POSITIVE_INFINITY }));
    perShard[shard] = 1 - covered(mine, measured) / length;
    const weight = ranges.reduce((n, [a, b]) => n + b - a + 1, 0);
    served += weight * perShard[shard];
    slots += weight;
  }
  return { cluster: slots > 0 ? served / slots : 1, worst: Math.min(1, ...Object.values(perShard)), perShard };
}

function notesOf(
  recording: Recording,
  splitBrain: Analysis['splitBrain'],
  ledger: Analysis['ledger'],
  incidents: readonly Incident[],
): string[] {
  const notes = splitBrain
    .filter((s) => s.from >= (recording.clock.zero ?? 0))
    .map(
      (s) =>
        `split brain: ${s.node} ${recording.workload.probes === 'read' ? `answered ${s.count} probe reads` : `acknowledged ${s.count} probe writes`} on shard ${s.shard} over ${formatDuration(s.to - s.from)} ${recording.workload.probes === 'read' ? 'while another node had the right to it' : 'that the shard does not keep'}`,
    );
  if (ledger.failedButPresent > 0)
    notes.push(
      `${ledger.failedButPresent} writes that were reported as certain failures are present: a client that re-sends on its own, or a wrong classification`,
    );
  notes.push(...leftOver(recording));
  for (const { episode, at, fault } of incidents) {
    if (episode && episode.from > noticedBy(at, recording.topology.nodeTimeout))
      notes.push(`service was first interrupted ${formatDuration(episode.from - at)} after ${fault} took effect`);
  }
  return notes;
}

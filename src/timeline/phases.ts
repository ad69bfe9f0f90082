/** Puts the moments of a recovery in a row: contiguous phases that add up to the whole. */
import { formatDuration } from '../core/units.js';
import { fitOf, keptFromServing, predictPhases, predictRecovery, type Range } from '../deployment/failover-times.js';
import type { Recording } from '../recording/recording.js';
import { type Buckets, clientBack, errorsAfter, normalFrom } from './application.js';
import { type Failover, failoverOf, type Sighting } from './failover.js';
import { type Disturbance, unended } from './incidents.js';
import type { Stretch } from './interval.js';
import type { LogFact } from './logs.js';
import { leaderless } from './lost-shards.js';
import { measuringEnd } from './measured.js';
import type { Ownership } from './ownership.js';
import { redundancyAfter } from './redundancy.js';
import { roundsOf } from './rounds.js';
import { serverRulesOf } from './server-rules.js';
import { type Incident, type Outage, type Phase, type PhaseName, phaseNames } from './types.js';

export interface Material {
  recording: Recording;
  ownership: Ownership;
  facts: readonly LogFact[];
  buckets: Buckets | undefined;
  thin: readonly Stretch[];
  outages: readonly Outage[];
}

/** @returns the incident with its phases, and what a reader must know about them. */
export function incidentOf(material: Material, disturbance: Disturbance): { incident: Incident; notes: string[] } {
  const { recording, ownership, facts, outages } = material;
  const { at, uncertainty, episode, until, affectedShards } = disturbance;
  const failover = failoverOf(recording, ownership, facts, disturbance);
  const { found, notes, ...left } = recoveryOf(material, disturbance, failover);
  const relapse = episode?.to === undefined ? undefined : unended(recording, outages, at, until);
  const rules = serverRulesOf(recording, leaderless(recording, ownership, disturbance));
  const predicted = predictable(disturbance, found, recording.topology.nodes.length)
    ? predictPhases(rules, failover.election)
    : undefined;
  const kept = keptFromServing(rules);
  if (predicted && found.served && kept !== undefined) found.served.note = kept;
  const whole = predicted && predictRecovery(rules, failover.election);
  const phases = lineUp(at, found, predicted, uncertainty);
  const rounds = roundsOf(recording, facts, rules, { from: at - uncertainty, to: until });
  return {
    incident: {
      fault: disturbance.fault,
      at,
      uncertainty,
      until,
      affectedShards,
      ...(episode && { episode }),
      ...(relapse && { lostAgain: relapse.from }),
      moments: Object.fromEntries(Object.entries(found).map(([name, sighting]) => [name, sighting.at])),
      phases,
      ...left,
      ...(whole && { predictedRecovery: whole }),
      ...(rounds.length > 0 && { rounds }),
    },
    notes,
  };
}

type Found = Partial<Record<PhaseName, Sighting>>;

interface Recovery extends Pick<Incident, 'redundancyLost' | 'clientErrors' | 'latencyLost'> {
  /** When each phase ended; one that never did is missing. */
  found: Found;
  notes: string[];
}

/** How far everything came back: servers, clients, replicas, latency, each counted from the one before. */
function recoveryOf({ recording, buckets, thin }: Material, disturbance: Disturbance, failover: Failover): Recovery {
  const { at, episode, until } = disturbance;
  const notes: string[] = [];
  const found = backInService(recording, disturbance, failover);
  const served = episode?.to;
  const inService = !episode || served !== undefined;

  const errors = buckets && errorsAfter(buckets, at, until);
  if (buckets && errors && inService) {
    const back = clientBack(recording, buckets, errors);
    if (back) found.client = { ...back, witness: 'workload, tuned clients' };
    if (errors.again !== undefined)
      notes.push(`clients saw errors again ${formatDuration(errors.again - at)} after the fault took effect`);
  }
  const clientsWell = !errors || found.client !== undefined;

  const redundancy = redundancyAfter(thin, at, served ?? at, until, measuringEnd(recording));
  if (redundancy.back !== undefined && inService)
    found.redundant = { at: redundancy.back - half(recording), uncertainty: half(recording), witness: 'observers' };

  let latencyLost = false;
  if (buckets && inService && clientsWell && (!redundancy.lost || found.redundant)) {
    const after = Math.max(at, ...Object.values(found).map((sighting) => sighting.at));
    // Without any disturbance that a client or a probe could see there is nothing to come back from.
    const normal = normalFrom(buckets, Math.max(at, served ?? at, found.client?.at ?? at));
    if (normal === 'never') latencyLost = true;
    else if (normal)
      found.normal = { at: Math.max(normal.at, after), uncertainty: normal.uncertainty, witness: 'workload, p99' };
  }
  return { found, notes, redundancyLost: redundancy.lost, clientErrors: errors !== undefined, latencyLost };
}

/** The phases up to service, as servers and probes saw them. */
function backInService(recording: Recording, { episode, outages }: Disturbance, failover: Failover): Found {
  const found: Found = {};
  for (const name of ['suspected', 'agreed', 'elected', 'promoted'] as const)
    if (failover[name]) found[name] = failover[name];
  const served = episode?.to;
  if (served === undefined) return found;
  const last = outages.find((outage) => outage.to === served);
  found.served = {
    at: served,
    uncertainty: recording.workload.probeEvery,
    witness: `probe of shard ${last?.shard ?? '?'}`,
  };
  // The probe is the most exact witness, and the recovery time is its: what led there can't have come after it.
  for (const name of ['suspected', 'agreed', 'elected', 'promoted'] as const)
    if (found[name]) found[name] = { ...found[name], at: Math.min(found[name].at, served) };
  return found;
}

/** Faults that bite within this time are one to a server that looks ten times a second, in ms. */
const TOGETHER = 100;

const half = ({ workload }: Recording): number => workload.observeEvery / 2;

/** The formulas speak of one silence, after which the servers held an election by themselves. */
const predictable = ({ faults, episode, at }: Disturbance, found: Found, nodes: number): boolean =>
  faults.length > 0 &&
  // Where nobody has a majority nobody is elected before the network is whole again.
  faults.every((f) => f.cutOff.length < nodes) &&
  faults.every((f) => f.effective !== undefined && f.effective.at - at < TOGETHER) &&
  found.agreed !== undefined &&
  episode !== undefined;

/**
 * From `at` through the moments in their order. Witnesses have their own errors: a moment a little before the one before it
 * is taken as simultaneous; one clearly before it too, but that is said.
 */
export function lineUp(
  at: number,
  found: Found,
  predicted: Partial<Record<PhaseName, Range>> | undefined,
  uncertainty: number,
): Phase[] {
  const phases: Phase[] = [];
  let from = at;
  let doubt = uncertainty;
  for (const [i, name] of phaseNames.entries()) {
    const moment = found[name];
    if (!moment) continue;
    const end = Math.max(from, moment.at);
    const early = from - moment.at;
    const note =
      early > moment.uncertainty + doubt
        ? `seen ${formatDuration(early)} before the phase before it ended`
        : moment.note;
    // A prediction is counted from the phase before: with that one missing it says nothing.
    const range = i === 0 || found[phaseNames[i - 1]!] ? predicted?.[name] : undefined;
    phases.push({
      name,
      from,
      at: end,
      ms: end - from,
      uncertainty: moment.uncertainty + doubt,
      witness: moment.witness,
      ...(range && { predicted: range, fit: fitOf(end - from, range, moment.uncertainty + doubt) }),
      ...(note === undefined ? {} : { note }),
    });
    from = end;
    doubt = moment.uncertainty;
  }
  return phases;
}

/** Puts the moments of a recovery in a row: contiguous phases that add up to the whole. */
import { formatDuration } from '../core/units.js';
import { fitOf, keptFromServing, predictPhases, predictRecovery, type Range } from '../deployment/failover-times.js';
import type { Recording } from '../recording/recording.js';
import { type Buckets, clientBack, errorsAfter, normalFrom } from './application.js';
import { type Disturbance, unended } from './incidents.js';
import type { Stretch } from './interval.js';
import type { LogFact } from './logs.js';
import { measuringEnd } from './measured.js';
import { failoverOf, type Moment } from './moments.js';
import type { Ownership } from './ownership.js';
import { redundancyAfter } from './redundancy.js';
import { roundsOf } from './rounds.js';
import { rulesOf } from './server-rules.js';
import { leaderless } from './told.js';
import { type Incident, type Outage, type Phase, type PhaseName, phaseNames } from './types.js';

export interface Evidence {
  recording: Recording;
  ownership: Ownership;
  facts: readonly LogFact[];
  buckets: Buckets | undefined;
  thin: readonly Stretch[];
  outages: readonly Outage[];
}

/** @returns the incident with its phases, and what a reader must know about them. */
export function incidentOf(evidence: Evidence, disturbance: Disturbance): { incident: Incident; notes: string[] } {
  const { recording, ownership, facts, buckets, thin, outages } = evidence;
  const { at, episode, until, affectedShards } = disturbance;
  const notes: string[] = [];
  let latencyLost = false;
  const failover = failoverOf(recording, ownership, facts, disturbance);
  const found: Partial<Record<PhaseName, Moment>> = {};
  for (const name of ['suspected', 'agreed', 'elected', 'promoted'] as const)
    if (failover[name]) found[name] = failover[name];

  const outOfService = disturbance.outages.filter((o) => o.to !== undefined);
  const served = episode?.to;
  if (episode && served !== undefined) {
    const last = outOfService.find((o) => o.to === served);
    found.served = {
      at: served,
      uncertainty: recording.workload.probeEvery,
      witness: `probe of shard ${last?.shard ?? '?'}`,
    };
    // The probe is the most exact witness, and the recovery time is its: what led there can't have come after it.
    for (const name of ['suspected', 'agreed', 'elected', 'promoted'] as const)
      if (found[name]) found[name] = { ...found[name], at: Math.min(found[name].at, served) };
  }
  const inService = !episode || served !== undefined;
  const relapse = served === undefined ? undefined : unended(recording, outages, at, until);

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

  if (buckets && inService && clientsWell && (!redundancy.lost || found.redundant)) {
    const after = Math.max(at, ...Object.values(found).map((m) => m.at));
    // Without any disturbance that a client or a probe could see there is nothing to come back from.
    const normal = normalFrom(buckets, Math.max(at, served ?? at, found.client?.at ?? at));
    if (normal === 'never') latencyLost = true;
    else if (normal)
      found.normal = { at: Math.max(normal.at, after), uncertainty: normal.uncertainty, witness: 'workload, p99' };
  }

  const rules = rulesOf(recording, leaderless(recording, ownership, disturbance));
  const predicted = predictable(disturbance, found, recording.topology.nodes.length)
    ? predictPhases(rules, failover.election)
    : undefined;
  const kept = keptFromServing(rules);
  if (predicted && found.served && kept !== undefined) found.served.note = kept;
  const whole = predicted && predictRecovery(rules, failover.election);
  const phases = lineUp(at, found, predicted, disturbance.uncertainty);
  const rounds = roundsOf(recording, facts, rules, { from: at - disturbance.uncertainty, to: until });
  return {
    incident: {
      fault: disturbance.fault,
      at,
      uncertainty: disturbance.uncertainty,
      until,
      affectedShards,
      ...(episode && { episode }),
      ...(relapse && { lostAgain: relapse.from }),
      moments: Object.fromEntries(Object.entries(found).map(([name, m]) => [name, m.at])),
      phases,
      redundancyLost: redundancy.lost,
      clientErrors: errors !== undefined,
      latencyLost,
      ...(whole && { predictedRecovery: whole }),
      ...(rounds.length > 0 && { rounds }),
    },
    notes,
  };
}

/** Faults that bite within this time are one to a server that looks ten times a second, in ms. */
const TOGETHER = 100;

const half = ({ workload }: Recording): number => workload.observeEvery / 2;

/** The formulas speak of one silence, after which the servers held an election by themselves. */
const predictable = (
  { faults, episode, at }: Disturbance,
  found: Partial<Record<PhaseName, Moment>>,
  nodes: number,
): boolean =>
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
  found: Partial<Record<PhaseName, Moment>>,
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

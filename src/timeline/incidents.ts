/** Groups faults into incidents and finds the outages that belong to each. */

import type { FaultRecord } from '../recording/deeds.js';
import type { Recording } from '../recording/recording.js';
import { hiccup } from '../recording/vigil.js';
import { biteOf } from './bite.js';
import { measuringEnd } from './measured.js';
import type { Ownership } from './ownership.js';
import type { Outage } from './types.js';

/** An incident before its phases are known. */
export interface Disturbance {
  fault: string;
  at: number;
  uncertainty: number;
  until: number;
  faults: FaultRecord[];
  /** Nodes it took away or disturbed. */
  targets: string[];
  affectedShards: number[];
  outages: Outage[];
  episode?: { from: number; to?: number };
}

/** Service that fails again within this time had not come back, in ms: an OK between two refusals is not recovery. */
export const FLAP = 500;

/** Outages that were there where measuring ended: what had lasted no longer than a hiccup by then may have been one. */
export function outagesWithin(recording: Recording, outages: readonly Outage[]): Outage[] {
  const last = measuringEnd(recording) - hiccup(recording.workload.probeEvery);
  return outages.filter(({ from, quietFrom = from }) => quietFrom < last);
}

/** An outage in this stretch that had not ended where measuring did. */
export const unended = (recording: Recording, outages: readonly Outage[], from: number, until: number) =>
  outagesWithin(recording, outages).find(
    (o) => endedAt(o, measuringEnd(recording)) === undefined && o.from >= from && o.from < until,
  );

/** The end of an outage as a recovery: undefined when it had not ended where measuring did. */
export const endedAt = (outage: Outage, end: number): number | undefined =>
  outage.to !== undefined && outage.to <= end ? outage.to : undefined;

interface Cause {
  fault: string;
  at: number;
  uncertainty: number;
  /** Nothing before this moment can be its doing. */
  earliest: number;
  record?: FaultRecord;
  targets: string[];
}

function causesOf(recording: Recording, ownership: Ownership, outages: readonly Outage[]): Cause[] {
  const { faults, procedures, workload } = recording;
  if (faults.length === 0) {
    const first = procedures.find((p) => !p.idle && p.verdict !== 'never started' && Number.isFinite(p.startedAt));
    if (!first) return commandsOf(recording);
    const targets = [...new Set(first.steps.flatMap((s) => s.node ?? []))];
    const at = first.startedAt;
    return [{ fault: first.name, at, uncertainty: 0, earliest: at - 2 * workload.probeEvery, targets }];
  }
  return faults
    .flatMap((record): Cause[] => {
      const bite = biteOf(record, recording, ownership, outages);
      if (!bite) return [];
      const { at, uncertainty } = bite;
      const slack = uncertainty + 2 * workload.probeEvery;
      const requested = Number.isFinite(record.requestedAt) ? record.requestedAt - 2 * workload.probeEvery : at;
      return [
        {
          fault: record.id,
          at,
          uncertainty,
          earliest: Math.min(requested, at - slack),
          record,
          targets: [...new Set([...record.targets, ...record.cutOff])],
        },
      ];
    })
    .sort((a, b) => a.at - b.at);
}

/** Where nothing was broken and no procedure ran, what the scenario's commands did is what there is to measure. */
function commandsOf({ steps = [], workload }: Recording): Cause[] {
  const sent = steps.filter((s) => s.kind === 'run' && s.startedAt !== undefined);
  const [first] = sent;
  if (!first) return [];
  const at = first.startedAt!;
  const targets = [...new Set(sent.flatMap(({ nodes }) => nodes))];
  return [{ fault: first.entry, at, uncertainty: 0, earliest: at - 2 * workload.probeEvery, targets }];
}

/** Outages with no service worth the name between them, in order. */
function chains(outages: readonly Outage[]): Outage[][] {
  const out: Outage[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const outage of [...outages].sort((a, b) => a.from - b.from)) {
    if (out.length === 0 || outage.from > end + FLAP) out.push([]);
    out.at(-1)!.push(outage);
    end = Math.max(end, outage.to ?? Number.POSITIVE_INFINITY);
  }
  return out;
}

/** The new primary serves a moment before the majority says so, in ms. */
const NEWS = 1000;

/** Did it end with another node in the place of one of these? */
const endedByFailover = (outage: Outage, deposed: readonly string[], after: number, ownership: Ownership): boolean =>
  ownership
    .ownerChanges(outage.shard)
    .some(
      ({ t }) =>
        t > after &&
        deposed.includes(ownership.owner(outage.shard, after) ?? '') &&
        outage.from <= t &&
        (outage.to ?? Number.POSITIVE_INFINITY) >= t - NEWS,
    );

export function disturbancesOf(recording: Recording, ownership: Ownership, seen: readonly Outage[]): Disturbance[] {
  const end = measuringEnd(recording);
  const outages = outagesWithin(recording, seen);
  const out: Disturbance[] = [];
  for (let causes = causesOf(recording, ownership, outages); causes.length > 0; ) {
    const [first] = causes as [Cause, ...Cause[]];
    const mine: Cause[] = [first];
    // A fault that bites before service is back from the one before it makes the same incident longer.
    const reach = (): Outage[] => {
      const next = causes[mine.length];
      const until = next ? next.earliest : end;
      const all = chains(
        outages.filter(
          (o) => o.from >= first.earliest && o.from < until && (o.to ?? end) > first.at - first.uncertainty,
        ),
      );
      // A fault may leave the service alone for seconds, until its target is deposed: that outage is its doing, and not
      // the hiccup that the harness may have had before.
      const deposed = mine.flatMap(({ targets }) => targets);
      const late = all.find((one) => one.some((o) => endedByFailover(o, deposed, first.at, ownership)));
      return late ?? all[0] ?? [];
    };
    let episode = reach();
    while (causes.length > mine.length) {
      const next = causes[mine.length]!;
      const back = Math.max(first.at, ...episode.map((o) => o.to ?? Number.POSITIVE_INFINITY));
      if (next.at > back + FLAP) break;
      mine.push(next);
      episode = reach();
    }
    causes = causes.slice(mine.length);
    out.push(disturbance(recording, ownership, mine, episode, causes[0]?.earliest ?? end));
  }
  return out;
}

function disturbance(
  recording: Recording,
  ownership: Ownership,
  causes: Cause[],
  outages: Outage[],
  until: number,
): Disturbance {
  const [first] = causes as [Cause, ...Cause[]];
  const targets = [...new Set(causes.flatMap((c) => c.targets))];
  const hit = recording.topology.shards
    .map((s) => s.shard)
    .filter(
      (shard) =>
        targets.includes(ownership.owner(shard, first.at) ?? '') ||
        recording.topology.nodes.some((n) => n.shard === shard && targets.includes(n.name)) ||
        outages.some((o) => o.shard === shard),
    );
  const ends = outages.map((o) => endedAt(o, measuringEnd(recording)));
  const to = ends.some((t) => t === undefined) ? undefined : Math.max(...(ends as number[]));
  return {
    fault: first.fault,
    at: first.at,
    uncertainty: first.uncertainty,
    until,
    faults: causes.flatMap((c) => c.record ?? []),
    targets,
    affectedShards: hit,
    outages,
    ...(outages.length > 0 && {
      episode: { from: Math.min(...outages.map((o) => o.from)), ...(to === undefined ? {} : { to }) },
    }),
  };
}

/**
 * When a fault bit: the moment that its proof names, unless the probes have a better one. The first outage of what it hit that
 * began after it was asked for is its doing, so it can't have taken effect later than that: then recovery counts from there,
 * and what the proof was dated to is a contradiction.
 */
import { formatDuration } from '../core/units.js';
import type { FaultRecord } from '../recording/deeds.js';
import type { Recording } from '../recording/recording.js';
import { FOLLOWS } from '../recording/service.js';
import { hiccup } from '../recording/vigil.js';
import { answeringIn } from './answering.js';
import type { Ownership } from './ownership.js';
import type { Outage } from './types.js';

export interface Bite {
  at: number;
  uncertainty: number;
  /** How much earlier than its proof says, where that can't be explained by what either of them is unsure of. */
  earlier?: number;
}

/** What replicas always say, and what was only late, is no end of service: a busy machine is late before the fault, too. */
const usual = new Set(['OK, but late', 'READONLY', 'MOVED', FOLLOWS]);
const refusing = ({ answers }: Outage): boolean => Object.keys(answers).some((text) => !usual.has(text));

export function biteOf(
  fault: FaultRecord,
  { workload, eventLoop }: Recording,
  ownership: Ownership,
  outages: readonly Outage[],
): Bite | undefined {
  const { effective, requestedAt, impact, healedAt = Number.POSITIVE_INFINITY } = fault;
  if (!effective) return undefined;
  const { at, uncertainty } = effective;
  const slack = uncertainty + 2 * workload.probeEvery;
  const proven = { at, uncertainty };
  if (!Number.isFinite(requestedAt)) return proven;
  const hit = outages.find(
    (o) =>
      o.from >= requestedAt - 2 * workload.probeEvery &&
      o.from < Math.min(at - slack, healedAt) &&
      refusing(o) &&
      // What a fault that takes nobody away prepares may cost service too, which is over by the time that it bites.
      (impact !== 'none' || (o.to ?? Number.POSITIVE_INFINITY) > at) &&
      fault.targets.includes(ownership.leader(o.shard, o.from - 1) ?? ''),
  );
  if (!hit) return proven;
  const from = Math.max(hit.from, requestedAt);
  // Recovery counts from the earlier moment in any case. What is shorter than the shortest outage, or than our own delay, is
  // no quarrel between the witnesses: a proof goes through the engine, and a busy machine is late.
  const quarrel = at - from > uncertainty + hiccup(workload.probeEvery) + eventLoop.p99;
  return {
    at: from,
    uncertainty: workload.probeEvery,
    ...(impact !== 'none' && quarrel && { earlier: at - from }),
  };
}

export const contradictionsIn = (recording: Recording, ownership: Ownership, outages: readonly Outage[]): string[] =>
  recording.faults.flatMap((fault) => {
    const { earlier } = biteOf(fault, recording, ownership, outages) ?? {};
    const name = fault.id === fault.type ? fault.id : `${fault.id} (${fault.type})`;
    const answering = answeringIn(fault, recording);
    if (answering.length > 0)
      return [`${name} is said to have stopped ${answering.join(', ')}, which went on answering`];
    if (earlier === undefined) return [];
    return [
      `${name} is said to have taken effect ${formatDuration(earlier)} after what it hit had gone out of service: one of the two is wrong`,
    ];
  });

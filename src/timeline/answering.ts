/** Did a node that a fault is said to have stopped go on answering? Then the fault's proof is none. */
import type { FaultRecord } from '../recording/deeds.js';
import type { Recording } from '../recording/recording.js';
import { Role, Status } from '../recording/tables.js';
import { hiccup } from '../recording/vigil.js';
import { measuringEnd } from './measured.js';

/** For how long after its effect a node is looked at, in ms. */
const STRETCH = 1000;

/**
 * Targets that answered a probe at least every hiccup, from the moment at which the fault is said to have stopped them on. Whoever was
 * missed once, by a probe or an observer, or became another process, was away: for less than anybody could see, maybe.
 */
export function answeringIn(fault: FaultRecord, recording: Recording): string[] {
  const { effective, impact, targets, healed = {}, healedAt = Number.POSITIVE_INFINITY } = fault;
  if (!effective || impact !== 'stops') return [];
  const { at, uncertainty } = effective;
  const from = at + uncertainty;
  const end = Math.min(at + STRETCH, healedAt, fault.over?.at ?? Number.POSITIVE_INFINITY, measuringEnd(recording));
  return targets.filter((name) => {
    const to = Math.min(end, healed[name] ?? Number.POSITIVE_INFINITY);
    const patience = hiccup(recording.workload.probeEvery);
    return (
      to - from > 2 * patience &&
      !missed(recording, name, at, to) &&
      longestSilence(recording, name, from, to) <= patience
    );
  });
}

const indexOf = ({ topology }: Recording, name: string): number => topology.nodes.findIndex((n) => n.name === name);

/** The longest time between two acknowledgements of this node, in ms. */
function longestSilence(recording: Recording, name: string, from: number, to: number): number {
  const { probes } = recording;
  const node = indexOf(recording, name);
  const [sent, done, nodes, statuses] = [
    probes.column('sent'),
    probes.column('done'),
    probes.column('node'),
    probes.column('status'),
  ];
  const answered: number[] = [];
  for (let i = 0; i < sent.length; i++)
    if (nodes[i] === node && statuses[i] === Status.ok && sent[i]! >= from && done[i]! <= to) answered.push(done[i]!);
  const moments = [from, ...answered.sort((a, b) => a - b), to];
  return moments.reduce((longest, t, i) => Math.max(longest, t - (moments[i - 1] ?? t)), 0);
}

/** Did a probe get no acknowledgement from it, an observer no answer, or was it another process afterwards? */
function missed(recording: Recording, name: string, from: number, to: number): boolean {
  const { probes, samples, views } = recording;
  const node = indexOf(recording, name);
  for (let i = 0; i < probes.length; i++)
    if (probes.at(i, 'node') === node && probes.at(i, 'sent') >= from && probes.at(i, 'sent') < to)
      if (probes.at(i, 'status') !== Status.ok) return true;
  for (let i = 0; i < samples.length; i++)
    if (samples.at(i, 'node') === node && samples.at(i, 't') >= from && samples.at(i, 't') < to)
      if (samples.at(i, 'role') === Role.unreachable) return true;
  const mine = views.filter((v) => v.node === name);
  const before = mine.findLast((v) => v.t <= from && v.runId !== undefined)?.runId;
  return mine.some(
    (v) =>
      v.t > from && (!v.reachable ? v.since < to : v.runId !== undefined && before !== undefined && v.runId !== before),
  );
}

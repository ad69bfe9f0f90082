/**
 * Was anybody watching? Every function answers with the reason why a measurement must not be believed, or undefined.
 * Not having looked must never read as "nothing was wrong".
 */
import { formatDuration, plural } from '../core/units.js';
import { noticedBy } from '../deployment/timing.js';
import type { Recording } from '../recording/recording.js';
import { OpKind, Status } from '../recording/tables.js';
import { hiccup } from '../recording/vigil.js';
import { evidenceOf } from '../timeline/analyse.js';
import { measuringProfile } from '../timeline/latency.js';
import { measuringEnd } from '../timeline/measured.js';
import { blindness } from '../timeline/outages.js';
import type { Analysis, Incident } from '../timeline/types.js';

/** Why there is no incident to measure. */
export function noIncident({ recording }: Analysis): string {
  const { faults, procedures, aborted } = recording;
  if (aborted) return `the run was stopped: ${aborted.message}`;
  if (faults.length > 0)
    return faults
      .map(
        (f) =>
          `${f.id === f.type ? f.id : `${f.id} (${f.type})`} did not take effect: ${f.error ?? 'no sign of it was seen'}`,
      )
      .join('; ');
  if (procedures.length > 0 && procedures.every(({ idle }) => idle))
    return `nothing was broken, and ${procedures[0]!.name} does nothing to the deployment`;
  return procedures.length > 0 ? `procedure ${procedures[0]!.name} never started` : 'no fault was injected';
}

export const incidentsIn = (analysis: Analysis): readonly Incident[] => analysis.incidents ?? [];

const allShards = ({ recording }: Analysis): number[] => recording.topology.shards.map((s) => s.shard);
/** The shards that it hit; all of them, where it hit none in particular. */
export const hit = (analysis: Analysis, incident: Incident): readonly number[] =>
  incident.affectedShards.length > 0 ? incident.affectedShards : allShards(analysis);

/** Where service is reads, a remark that says so. */
export const byReads = ({ recording: { workload } }: Analysis): string[] =>
  workload.probes === 'read' ? ['of reads: nobody wrote in this drill'] : [];

/** Probes must have written to each shard all the time: no gap longer than half a second. */
export function unprobed(analysis: Analysis, shards: readonly number[], from: number, to: number): string | undefined {
  const { service } = evidenceOf(analysis);
  const limit = Math.max(50 * analysis.recording.workload.probeEvery, 500);
  for (const shard of shards) {
    const blind = blindness(analysis.recording, service.probes.get(shard), from, to);
    if (blind > limit) return `shard ${shard} was not probed for ${formatDuration(blind)} of the time that counts`;
  }
  return shards.length === 0 ? 'the topology has no shards' : undefined;
}

/** Could the probes see when service ended and came back? They must have been answered before, and have gone on until it was back. */
export function unwatched(analysis: Analysis, incident: Incident): string | undefined {
  const { recording } = analysis;
  const { service, ownership } = evidenceOf(analysis);
  const shards = hit(analysis, incident);
  const { at, episode } = incident;
  const start = Math.min(at, episode?.from ?? at);
  // An interruption that has not begun yet can only be ruled out by watching for as long as the server takes to notice.
  const noticed = noticedBy(at, recording.topology.nodeTimeout);
  const last = measuringEnd(recording);
  const lasting = recording.faults.some((f) => f.effective && f.effective.at >= at && (f.healedAt ?? last) >= last);
  if (!episode && lasting && incident.until >= last && last < noticed)
    return `the drill ended ${formatDuration(last - at)} after the fault took effect, before the servers had to notice it (2 NT + 1 s)`;
  const blind = unprobed(analysis, shards, start - 200, Math.min(episode?.to ?? incident.until, last));
  if (blind) return blind;
  for (const shard of shards) {
    const { rows, valid } = service.probes.get(shard)!;
    const sent = recording.probes.column('sent');
    const ok = rows.findLastIndex((row, i) => valid[i] === 1 && sent[row]! < start);
    if (ok < 0 || start - sent[rows[ok]!]! > 1000)
      return `shard ${shard} served nothing in the second before the fault took effect`;
    if (episode) continue;
    const owner = ownership.owner(shard, start - 1);
    const target = recording.faults.some((f) => f.effective && f.targets.includes(owner ?? ''));
    const silent = owner !== undefined && unanswered(recording, owner, at - 100, Math.min(at + 2000, incident.until));
    if (target && silent && takenOver(analysis, incident) === undefined)
      return `${owner} owned shard ${shard} and fell silent, but the probes saw no interruption: one of the two is wrong`;
  }
  return undefined;
}

/**
 * When another node acknowledged in the place of an owner that fell silent, if that was before anybody could call it an outage: within a
 * hiccup of the owner's last acknowledgement. Of several shards the last.
 */
export function takenOver(analysis: Analysis, incident: Incident): number | undefined {
  const { recording } = analysis;
  const { service, ownership } = evidenceOf(analysis);
  const { at, until, episode } = incident;
  if (episode) return undefined;
  const patience = hiccup(recording.workload.probeEvery);
  const { probes, topology } = recording;
  const back = hit(analysis, incident).flatMap((shard): number[] => {
    const owner = ownership.owner(shard, at - 1);
    if (owner === undefined || !unanswered(recording, owner, at - 100, Math.min(at + 2000, until))) return [];
    const { rows, valid } = service.probes.get(shard) ?? { rows: [], valid: [] };
    const acks = Array.from(rows)
      .filter((row, i) => valid[i] === 1 && probes.at(row, 'done') < until)
      .map((row) => ({ done: probes.at(row, 'done'), node: topology.nodes[probes.at(row, 'node')]?.name }));
    const last = acks.findLast(({ node, done }) => node === owner && done <= at + patience);
    const next = last && acks.find(({ node, done }) => node !== owner && done >= last.done);
    return [next && next.done - last.done <= patience ? next.done : Number.NaN];
  });
  const last = Math.max(...back);
  return Number.isFinite(last) ? last : undefined;
}

/**
 * Was a node silent to the observers for longer than an outage has to be, for certain: from the first to the last look without
 * an answer? A connection that is reset costs them one look, and is no silence.
 */
function unanswered({ views, workload }: Recording, node: string, from: number, to: number): boolean {
  const mine = views.filter((v) => v.node === node);
  return mine.some((v, i) => {
    if (v.reachable || v.t < from || v.t > to) return false;
    const back = mine.slice(i + 1).find((w) => w.reachable);
    return back === undefined || back.since - v.t > hiccup(workload.probeEvery);
  });
}

/** Operations of the measuring clients must have gone to each of the shards, or so many acknowledged writes of anybody's. */
export function untouched(
  analysis: Analysis,
  shards: readonly number[],
  from: number,
  to: number,
  acknowledged = 0,
): string | undefined {
  const { ops } = analysis.recording;
  if (ops.length === 0) return 'there was no workload';
  const profile = measuringProfile(ops);
  const [intended, shard, profiles, kinds, statuses] = [
    ops.column('intended'),
    ops.column('shard'),
    ops.column('profile'),
    ops.column('kind'),
    ops.column('status'),
  ];
  const touched = new Map<number, number>();
  for (let i = 0; i < intended.length; i++) {
    if (intended[i]! < from || intended[i]! >= to) continue;
    if (acknowledged > 0 ? kinds[i] === OpKind.write && statuses[i] === Status.ok : profiles[i] === profile)
      touched.set(shard[i]!, (touched.get(shard[i]!) ?? 0) + 1);
  }
  const times = (s: number): number => touched.get(s) ?? 0;
  const missed = shards.find((s) => times(s) < Math.max(1, acknowledged));
  if (missed === undefined) return undefined;
  const what = acknowledged > 0 ? 'acknowledged write' : 'operation';
  return `${times(missed) === 0 ? `no ${what}` : `only ${plural(times(missed), what)}`} of the workload went to shard ${missed} in the ${formatDuration(Math.max(0, to - from))} that count`;
}

/** From the fault on to the end of measuring, somebody must have tried to write to each shard: what nobody asks for is not lost. */
export function untried(analysis: Analysis, shards: readonly number[], at: number): string | undefined {
  const { ops } = analysis.recording;
  const end = measuringEnd(analysis.recording);
  const [intended, done, shard, kinds] = [
    ops.column('intended'),
    ops.column('done'),
    ops.column('shard'),
    ops.column('kind'),
  ];
  const tried = new Set<number>();
  for (let i = 0; i < intended.length; i++)
    if (kinds[i] === OpKind.write && intended[i]! < end && !(done[i]! < at)) tried.add(shard[i]!);
  const missed = shards.find((s) => !tried.has(s));
  return missed === undefined
    ? undefined
    : `no write of the workload went to shard ${missed} in the ${formatDuration(Math.max(0, end - at))} after the fault took effect`;
}

/** The observers must have looked at the nodes at least once a second. */
export function unobserved({ recording }: Analysis, from: number, to: number): string | undefined {
  const times = recording.samples.column('t');
  const inside = Array.from(times)
    .filter((t) => t >= from && t <= to)
    .sort((a, b) => a - b);
  const gaps = [from, ...inside, to].map((t, i, all) => (i === 0 ? 0 : t - all[i - 1]!));
  const longest = gaps.reduce((a, b) => Math.max(a, b), 0);
  const limit = Math.max(20 * recording.workload.observeEvery, 1000);
  return longest > limit ? `the observers did not look at the nodes for ${formatDuration(longest)}` : undefined;
}

/** Who was what when: the stretches that the swim lanes draw. Times on the run's clock. */

import { formatDuration, plural } from '../../core/units.js';
import { watches } from '../../deployment/roles.js';
import type { FaultRecord, StepRecord } from '../../recording/deeds.js';
import type { NodeInfo, Recording } from '../../recording/recording.js';
import { Role } from '../../recording/tables.js';
import type { Outage } from '../../timeline/types.js';
import type { ReportInput } from '../types.js';

export type LaneState =
  | 'primary'
  | 'replica'
  | 'sentinel'
  | 'syncing'
  | 'loading'
  | 'down'
  | 'cut-off'
  | 'served'
  | 'outage'
  | 'fault'
  | 'no-effect'
  | 'procedure'
  | 'step'
  | 'failed-step'
  | 'lost';

export interface Stretch {
  from: number;
  to: number;
  state: LaneState;
  label: string;
  title: string;
}

export interface Lane {
  name: string;
  detail: string;
  /** Shown on hover. */
  hint?: string;
  stretches: Stretch[];
}

export interface LaneGroup {
  title: string;
  lanes: Lane[];
}

const words: Record<string, string> = {
  primary: 'primary',
  replica: 'replica',
  sentinel: 'sentinel',
  syncing: 'syncing',
  loading: 'loading',
  down: 'down',
  'cut-off': 'cut off',
};

export function laneGroups(input: ReportInput, from: number, to: number): LaneGroup[] {
  const { recording, analysis } = input;
  const nodes = nodeLanes(recording, from, to);
  const clip = (s: Stretch): Stretch => ({ ...s, from: Math.max(s.from, from), to: Math.min(s.to, to) });
  const groups: LaneGroup[] = [
    { title: 'Writes served', lanes: serviceLanes(input, to) },
    { title: 'Faults', lanes: recording.faults.map((f) => faultLane(f, nodes, to)) },
    {
      title: 'Procedures',
      lanes: recording.procedures.filter((p) => p.verdict !== 'never started').map((p) => procedureLane(p, to)),
    },
    { title: 'Steps', lanes: stepLanes(recording.steps ?? []) },
    ...zoneNames(recording.topology.nodes).map((zone) => ({
      title: zone === undefined ? 'Nodes' : `Zone ${zone}`,
      lanes: nodes.filter((n) => n.info.zone === zone).map((n) => n.lane),
    })),
  ];
  if (analysis.ledger.losses.length > 0) groups[0]!.lanes.push(lossLane(input));
  return groups
    .map((g) => ({
      ...g,
      lanes: g.lanes.map((l) => ({ ...l, stretches: l.stretches.map(clip).filter((s) => s.to >= s.from) })),
    }))
    .filter((g) => g.lanes.length > 0);
}

/** In the order of the nodes; undefined alone where there are no zones. */
export const zoneNames = (nodes: readonly NodeInfo[]): (string | undefined)[] => [...new Set(nodes.map((n) => n.zone))];

const span = (from: number, to: number, state: LaneState, label: string, more = ''): Stretch => ({
  from,
  to,
  state,
  label,
  title: `${label}${more ? `: ${more}` : ''}`,
});

function serviceLanes({ recording, analysis }: ReportInput, end: number): Lane[] {
  const { probes, topology } = recording;
  if (probes.length === 0) return [];
  const sent = probes.column('sent');
  // Where nobody probed nothing is drawn: it would look like service.
  const watched = span(sent[0]!, sent[sent.length - 1]!, 'served', '', 'writes acknowledged');
  return topology.shards.map(({ shard, slots }) => ({
    name: `shard ${shard}`,
    detail: '',
    hint: `slots ${slots.map(([a, b]) => `${a}–${b}`).join(', ')}`,
    stretches: [watched, ...analysis.outages.filter((o) => o.shard === shard).map((o) => outage(o, end))],
  }));
}

function outage({ from, to, answers }: Outage, end: number): Stretch {
  const length = formatDuration((to ?? end) - from);
  const told = Object.entries(answers).map(([text, n]) => `${n} × ${text}`);
  const label = to === undefined ? `${length}, not ended` : length;
  return span(from, to ?? end, 'outage', label, `no write acknowledged; probes were answered ${told.join(', ')}`);
}

function lossLane({ analysis }: ReportInput): Lane {
  const { losses, lost } = analysis.ledger;
  return {
    name: 'lost',
    detail: losses.length < lost ? `${losses.length} of ${lost}` : plural(lost, 'write'),
    hint: losses.length < lost ? `the oldest ${losses.length} of ${lost} are drawn` : 'acknowledged, then lost',
    stretches: losses.map((l) =>
      span(l.ackedAt, l.ackedAt, 'lost', '', `acknowledged, then lost: ${l.key}, ${l.cause}`),
    ),
  };
}

/** Until it was healed, or until every target answered again (somebody restarted it), or to the end. */
function faultLane(f: FaultRecord, nodes: { info: NodeInfo; lane: Lane }[], end: number): Lane {
  const stretch = f.effective
    ? span(f.effective.at, faultEnd(f, nodes, end), 'fault', f.targetWords || f.summary, f.summary)
    : span(f.requestedAt, f.healedAt ?? end, 'no-effect', 'no proven effect', f.error);
  return { name: f.type, detail: f.targets.join(', ') || f.targetWords, stretches: [stretch] };
}

function faultEnd(f: FaultRecord, nodes: { info: NodeInfo; lane: Lane }[], end: number): number {
  if (f.healedAt !== undefined) return f.healedAt;
  const back = nodes
    .filter((n) => f.targets.includes(n.info.name))
    .map((n) => n.lane.stretches.find((s) => s.state === 'down' && s.to > f.effective!.at)?.to);
  return back.length > 0 && back.every((t) => t !== undefined) ? Math.max(...back) : end;
}

export function faultBands(
  input: ReportInput,
  from: number,
  to: number,
): { from: number; to: number; label: string }[] {
  const nodes = nodeLanes(input.recording, from, to);
  return input.recording.faults
    .filter((f) => f.effective)
    .map((f) => ({
      from: f.effective!.at,
      to: Math.min(to, faultEnd(f, nodes, to)),
      label: `${f.type} on ${f.targets.join(', ')}`,
    }));
}

function procedureLane(p: Recording['procedures'][number], end: number): Lane {
  const stop = p.endedAt ?? end;
  const steps = p.steps.map((s) =>
    span(
      s.at,
      s.at + s.took,
      s.ok ? 'step' : 'failed-step',
      '',
      `${s.title}, ${formatDuration(s.took)}${s.ok ? '' : ', failed'}`,
    ),
  );
  return {
    name: p.name,
    detail: plural(p.steps.length, 'step'),
    stretches: [span(p.startedAt, stop, 'procedure', p.verdict === 'failed' ? 'failed' : '', p.summary), ...steps],
  };
}

/** A lane for each entry of the scenario that has steps. */
function stepLanes(steps: readonly StepRecord[]): Lane[] {
  const reached = steps.filter((s) => s.startedAt !== undefined && s.endedAt !== undefined);
  return [...new Set(reached.map((s) => s.entry))].map((entry) => {
    const mine = reached.filter((s) => s.entry === entry);
    return {
      name: entry,
      detail: plural(mine.length, 'step'),
      stretches: mine.map((s) =>
        span(
          s.startedAt!,
          s.endedAt!,
          s.verdict === 'met' ? 'step' : 'failed-step',
          '',
          `${s.title}, ${formatDuration(s.endedAt! - s.startedAt!)}${s.verdict === 'met' ? '' : `, ${s.verdict}`}`,
        ),
      ),
    };
  });
}

/** Who began outside of every shard comes last. */
const placed = ({ shard }: NodeInfo): number => shard || Number.MAX_SAFE_INTEGER;

function nodeLanes(recording: Recording, from: number, to: number): { info: NodeInfo; lane: Lane }[] {
  const { samples, topology, faults } = recording;
  const [t, node, role, link, syncing] = (['t', 'node', 'role', 'link', 'syncing'] as const).map((c) =>
    samples.column(c),
  );
  const open = topology.nodes.map((): { from: number; state: LaneState } | undefined => undefined);
  const last = topology.nodes.map(() => from);
  const lanes = topology.nodes.map((): Stretch[] => []);
  const close = (n: number, at: number): void => {
    const s = open[n];
    if (s) lanes[n]!.push(span(s.from, at, s.state, words[s.state]!, formatDuration(at - s.from)));
  };
  for (let i = 0; i < samples.length; i++) {
    const n = node![i]!;
    const info = topology.nodes[n];
    if (!info) continue;
    const at = t![i]!;
    const state = stateOf(role![i]!, link![i]!, syncing![i]!, faults, info.name, at);
    if (open[n]?.state !== state) {
      const since = bite(faults, info.name, last[n]!, at) ?? at;
      close(n, since);
      open[n] = { from: open[n] ? since : at, state };
    }
    last[n] = at;
  }
  for (const n of topology.nodes.keys()) close(n, Math.min(to, Math.max(last[n]!, from)));
  const order = topology.nodes
    .map((info, n) => ({ info, n }))
    .sort((a, b) => placed(a.info) - placed(b.info) || a.n - b.n);
  return order.map(({ info, n }) => ({
    info,
    lane: {
      name: info.name,
      detail: info.shard === 0 || watches(info) ? info.role : `shard ${info.shard}`,
      stretches: lanes[n]!,
    },
  }));
}

/** The exact moment a fault bit this node, where one lies between two readings: the lane then changes there and not at the poll. */
const bite = (faults: FaultRecord[], node: string, after: number, before: number): number | undefined =>
  faults.find((f) => f.targets.includes(node) && f.effective && f.effective.at > after && f.effective.at <= before)
    ?.effective?.at;

function stateOf(
  role: number,
  link: number,
  syncing: number,
  faults: FaultRecord[],
  node: string,
  t: number,
): LaneState {
  if (role === Role.unreachable) return 'down';
  const isolated = faults.some(
    (f) =>
      f.cutOff.includes(node) &&
      f.effective &&
      t >= f.effective.at &&
      t < (f.healed?.[node] ?? f.healedAt ?? Number.POSITIVE_INFINITY),
  );
  if (isolated) return 'cut-off';
  if (role === Role.loading) return 'loading';
  if (role === Role.primary) return 'primary';
  if (role === Role.sentinel) return 'sentinel';
  return link === 1 && syncing === 0 ? 'replica' : 'syncing';
}

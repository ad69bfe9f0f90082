/** The story of a drill as dated lines: what was done to it, what the servers said, what probes and clients felt. */

import { rangesOf } from '../core/ranges.js';
import { formatDuration } from '../core/units.js';
import type { Recording } from '../workload/recording.js';
import type { LogFact, LogKind } from './logs.js';
import { type SlotMove, slotMovesOf } from './slot-moves.js';
import type { Incident, Outage, TimelineEvent } from './types.js';

interface Terms {
  suspected: string;
  failed: string;
}

/** One node's suspicion and the agreement of several have names of their own with sentinels. */
const termsOf = (kind: string): Terms =>
  kind === 'sentinel' ? { suspected: 'SDOWN', failed: 'ODOWN' } : { suspected: 'PFAIL', failed: 'FAIL' };

/** Lines with the same `key` within COLLAPSE of each other are one event seen by several nodes. */
type Line = TimelineEvent & { key?: string };
const COLLAPSE = 1500;
/** An observer and a log that differ by less speak of the same moment. */
const POLL = 60;

const kinds: Record<LogKind, TimelineEvent['kind']> = {
  suspected: 'suspected',
  failed: 'failed',
  cleared: 'state',
  delayed: 'election',
  election: 'election',
  vote: 'election',
  elected: 'election',
  expired: 'election',
  promoted: 'promoted',
  demoted: 'demoted',
  switched: 'election',
  state: 'state',
  sync: 'sync',
  manual: 'election',
  crash: 'state',
  stop: 'state',
  start: 'state',
};

export function eventsOf(
  recording: Recording,
  facts: readonly LogFact[],
  outages: readonly Outage[],
  incidents: readonly Incident[],
): TimelineEvent[] {
  const words = termsOf(recording.topology.kind);
  const lines = [
    ...stages(recording),
    ...faults(recording),
    ...facts.map((f) => logged(f, words)),
    ...views(recording, words),
    ...moves(recording),
    ...outages.flatMap((o) => outage(o)),
    ...procedures(recording),
    ...steps(recording),
    ...incidents.flatMap((i) => comeback(i)),
  ].filter((line) => Number.isFinite(line.t));
  return collapse(lines.sort((a, b) => a.t - b.t));
}

function collapse(lines: readonly Line[]): TimelineEvent[] {
  const groups: { event: TimelineEvent; first: number; nodes: Set<string> }[] = [];
  const open = new Map<string, (typeof groups)[number]>();
  for (const { key, ...event } of lines) {
    const same = key === undefined ? undefined : open.get(key);
    if (same && event.t - same.first <= COLLAPSE) {
      if (event.node !== undefined) same.nodes.add(event.node);
      // A server's own stamp is more exact than the middle between two polls.
      const stamped = (e: TimelineEvent): boolean => e.witness.startsWith('server log');
      if (stamped(event) && !stamped(same.event) && event.t - same.first <= POLL) same.event = event;
      continue;
    }
    const group = { event, first: event.t, nodes: new Set(event.node === undefined ? [] : [event.node]) };
    if (key !== undefined) open.set(key, group);
    groups.push(group);
  }
  const told = groups.map(({ event, nodes }) => {
    const others = nodes.size - 1;
    if (others < 1) return event;
    return { ...event, text: `${event.text} (and ${others} other ${others === 1 ? 'node' : 'nodes'})` };
  });
  return told.sort((a, b) => a.t - b.t);
}

const stages = ({ stages }: Recording): Line[] =>
  stages.flatMap((s): Line[] => [
    { t: s.from, kind: 'stage', text: `stage ${s.name} begins`, witness: 'redrill' },
    ...(s.error === undefined
      ? []
      : [
          { t: s.to ?? s.from, kind: 'stage' as const, text: `stage ${s.name} failed: ${s.error}`, witness: 'redrill' },
        ]),
  ]);

const faults = ({ faults }: Recording): Line[] =>
  faults.flatMap((f): Line[] => {
    const on = f.targets.join(', ') || 'no target';
    const node = f.targets.length === 1 ? { node: f.targets[0]! } : {};
    const lines: Line[] = [
      {
        t: f.requestedAt,
        kind: 'fault',
        ...node,
        text: `${f.type} on ${on}${f.targetWords && ` (${f.targetWords})`}`,
        witness: 'redrill',
      },
    ];
    if (f.effective)
      lines.push({ t: f.effective.at, kind: 'effective', ...node, text: f.effective.text, witness: 'effect check' });
    else
      lines.push({
        t: f.requestedAt,
        kind: 'fault',
        ...node,
        text: `${f.type} did not take effect: ${f.error ?? 'no sign of it'}`,
        witness: 'effect check',
      });
    if (f.healedAt !== undefined && !f.lasting)
      lines.push({ t: f.healedAt, kind: 'heal', ...node, text: `${f.type} on ${on} healed`, witness: 'redrill' });
    return lines;
  });

function logged(fact: LogFact, words: Terms): Line {
  const { t, node, kind, about } = fact;
  const line: Line = { t, kind: kinds[kind], node, text: wording(fact, words), witness: `server log of ${node}` };
  if (kind === 'suspected' || kind === 'failed' || kind === 'cleared') return { ...line, key: `${kind} ${about}` };
  if (kind === 'vote') return { ...line, key: `vote ${about}` };
  if (kind === 'state' || kind === 'start' || kind === 'switched') return { ...line, key: line.text };
  if (kind === 'promoted' || kind === 'demoted') return { ...line, key: `${kind} ${node}` };
  return line;
}

/** Node ids mean nothing to a reader: where a line speaks of a node it is said by name. */
function wording({ kind, about, text, node }: LogFact, words: Terms): string {
  if (kind === 'suspected') return `${about} is suspected (${words.suspected})`;
  if (kind === 'failed') return `${about} is marked as failed (${words.failed})`;
  if (kind === 'switched') return `${about} is the primary for ${node} now`;
  if (kind === 'cleared') return `${about} is no longer marked as failed`;
  if (kind === 'vote') return `vote for ${about}`;
  if (kind === 'promoted') return `${node} is primary now`;
  if (kind === 'demoted') return about === undefined ? text : `${node} becomes a replica of ${about}`;
  return text;
}

function views({ views, topology }: Recording, words: Terms): Line[] {
  const turns = turnsIn(words);
  const roles = new Map(topology.nodes.map((n) => [n.name, n.role]));
  const reachable = new Map<string, boolean>();
  const runIds = new Map<string, string>();
  const states = new Map<string, string>();
  const healths = new Map<string, string>();
  const out: Line[] = [];
  for (const v of views) {
    const { node } = v;
    const line = (kind: TimelineEvent['kind'], text: string, key?: string): void => {
      out.push({
        t: (v.since + v.t) / 2,
        kind,
        node,
        text,
        witness: `observer on ${node}`,
        ...(key === undefined ? {} : { key }),
      });
    };
    if (reachable.get(node) !== v.reachable) {
      if (reachable.has(node)) line('state', v.reachable ? `${node} answers again` : `${node} stops answering`);
      reachable.set(node, v.reachable);
    }
    if (v.runId) {
      if (runIds.has(node) && runIds.get(node) !== v.runId) line('state', `${node} is a new process (run id changed)`);
      runIds.set(node, v.runId);
    }
    if (v.state !== undefined) {
      if (states.has(node) && states.get(node) !== v.state)
        line('state', `Cluster state changed: ${v.state}`, `Cluster state changed: ${v.state}`);
      states.set(node, v.state);
    }
    const turned = { pfail: [] as string[], fail: [] as string[], ok: [] as string[] };
    for (const { about, health, role, primary } of v.opinions) {
      const id = `${node} ${about}`;
      if (health !== (healths.get(id) ?? 'ok')) turned[health].push(about);
      healths.set(id, health);
      if (about === node && role !== roles.get(node)) {
        if (role === 'primary') line('promoted', `${node} is primary now`, `promoted ${node}`);
        else line('demoted', `${node} becomes a replica of ${primary ?? 'nobody'}`, `demoted ${node}`);
        roles.set(node, role);
      }
    }
    for (const health of ['pfail', 'fail', 'ok'] as const) {
      const { kind, key, said } = turns[health];
      // A node that is cut off loses sight of all others at once: one line, not one for each.
      if (turned[health].length > 2) line(kind, `${turned[health].join(', ')} ${said}`);
      else for (const about of turned[health]) line(kind, `${about} ${said.replace('are', 'is')}`, `${key} ${about}`);
    }
  }
  return out;
}

/** Slots that moved in the same look at the same node are one line. */
function moves(recording: Recording): Line[] {
  const groups = new Map<string, SlotMove[]>();
  for (const move of slotMovesOf(recording)) {
    const key = `${move.t} ${move.node} ${move.what} ${move.peer}`;
    groups.set(key, [...(groups.get(key) ?? []), move]);
  }
  return [...groups.values()].map((group) => {
    const [{ node, what, peer, since, t }] = group as [SlotMove, ...SlotMove[]];
    const slots = `slot${group.length === 1 ? '' : 's'} ${inWords(group.map(({ slot }) => slot))}`;
    const text = {
      migrating: `${node} is migrating ${slots} to ${peer}`,
      importing: `${node} is importing ${slots} from ${peer}`,
      closed: `${slots} no longer open on ${node}`,
      gained: `${node} owns ${slots} now`,
      lost: `${node} owns ${slots} no longer`,
    }[what];
    return { t: (since + t) / 2, kind: 'state', node, text, witness: `observer on ${node}` };
  });
}

/** "42, 50-60": at most a few of them. */
function inWords(slots: readonly number[]): string {
  const ranges = rangesOf([...slots].sort((a, b) => a - b));
  const told = ranges.slice(0, 5).map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`));
  return ranges.length > 5 ? `${told.join(', ')} and others` : told.join(', ');
}

const turnsIn = (words: Terms) =>
  ({
    pfail: { kind: 'suspected', key: 'suspected', said: `are suspected (${words.suspected})` },
    fail: { kind: 'failed', key: 'failed', said: `are marked as failed (${words.failed})` },
    ok: { kind: 'state', key: 'cleared', said: 'are no longer marked as failed' },
  }) as const;

function outage({ shard, from, to, answers }: Outage): Line[] {
  const told = Object.entries(answers)
    .sort((a, b) => b[1] - a[1])
    .map(([answer, n]) => `${answer} × ${n}`);
  const because = told.length > 0 ? `: ${told.slice(0, 4).join(', ')}` : '';
  const witness = `probe of shard ${shard}`;
  const lines: Line[] = [
    { t: from, kind: 'outage', shard, text: `shard ${shard} acknowledges no write${because}`, witness },
  ];
  if (to !== undefined)
    lines.push({
      t: to,
      kind: 'service',
      shard,
      text: `shard ${shard} acknowledges writes again, after ${formatDuration(to - from)}`,
      witness,
    });
  return lines;
}

const procedures = ({ procedures }: Recording): Line[] =>
  procedures.flatMap((p): Line[] => {
    if (p.verdict === 'never started') return [];
    const line = (t: number, text: string, node?: string): Line => ({
      t,
      kind: 'procedure',
      ...(node === undefined ? {} : { node }),
      text,
      witness: 'redrill',
    });
    return [
      line(p.startedAt, `procedure ${p.name} starts (${p.trigger})`),
      ...p.steps.map((s) => line(s.at, `${p.name}: ${s.title}${s.ok ? '' : ' (failed)'}`, s.node)),
      ...(p.endedAt === undefined
        ? []
        : [line(p.endedAt, `procedure ${p.name} ${p.verdict}${p.message ? `: ${p.message}` : ''}`)]),
    ];
  });

/** Told when it is decided: until then it may have been tried many times. */
const steps = ({ steps = [] }: Recording): Line[] =>
  steps.flatMap(({ kind, title, verdict, why, nodes, endedAt }): Line[] =>
    endedAt === undefined
      ? []
      : [
          {
            t: endedAt,
            kind: 'step',
            ...(nodes.length === 1 && kind === 'run' && { node: nodes[0]! }),
            text: verdict === 'met' ? title : `${title}: ${verdict}${why === undefined ? '' : `, ${why}`}`,
            witness: 'redrill',
          },
        ],
  );

const comeback = ({ at, moments, phases }: Incident): Line[] =>
  (['client', 'redundant', 'normal'] as const).flatMap((name): Line[] => {
    const moment = moments[name];
    if (moment === undefined) return [];
    const said = {
      client: 'the application is served as before',
      redundant: 'every shard has its replicas again',
      normal: 'latency is back in its band',
    };
    const witness = phases.find((p) => p.name === name)?.witness ?? 'workload';
    return [
      {
        t: moment,
        kind: name,
        text: `${said[name]}, ${formatDuration(moment - at)} after the fault took effect`,
        witness,
      },
    ];
  });

/** The story of a drill as dated lines: what was done to it, what the servers said, what probes and clients felt. */
import { formatDuration } from '../core/units.js';
import type { LogKind } from '../deployment/log-facts.js';
import type { Recording, StageName } from '../recording/recording.js';
import { serviceWords } from '../recording/service.js';
import type { LogFact } from './logs.js';
import { type StoryLine, slotMoveLines, type Terms, termsOf, viewLines } from './observed.js';
import type { Incident, Outage, TimelineEvent } from './types.js';

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
  denied: 'election',
  elected: 'election',
  expired: 'election',
  reset: 'election',
  barred: 'election',
  promoted: 'promoted',
  demoted: 'demoted',
  selected: 'election',
  switched: 'election',
  state: 'state',
  sync: 'sync',
  manual: 'election',
  crash: 'state',
  stop: 'state',
  start: 'state',
};

export function storyOf(
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
    ...viewLines(recording, words),
    ...slotMoveLines(recording),
    ...outages.flatMap((o) => outage(o, serviceWords(recording.workload))),
    ...procedures(recording),
    ...steps(recording),
    ...incidents.flatMap((i) => comeback(i)),
  ].filter((line) => Number.isFinite(line.t));
  return collapse(lines.sort((a, b) => a.t - b.t));
}

function collapse(lines: readonly StoryLine[]): TimelineEvent[] {
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
    return { ...event, witness: `${event.witness} and ${others} more ${others === 1 ? 'node' : 'nodes'}` };
  });
  return told.sort((a, b) => a.t - b.t);
}

const stageWords: Record<StageName, string> = {
  start: 'containers and servers are started',
  steady: 'probes, observers and load begin',
  timeline: 'the timeline begins',
  settle: 'redrill waits until everything is well again',
  verify: 'load and probes have ended; the final state is looked at',
  heal: 'what is still broken is healed',
  collect: 'server logs are collected',
  teardown: 'containers are removed',
};

const stages = ({ stages }: Recording): StoryLine[] =>
  stages.flatMap((s): StoryLine[] => [
    { t: s.from, kind: 'stage', text: stageWords[s.name], witness: 'redrill' },
    ...(s.error === undefined
      ? []
      : [
          {
            t: s.to ?? s.from,
            kind: 'stage' as const,
            text: `stage ${s.name} failed: ${s.error}`,
            witness: 'redrill',
          },
        ]),
  ]);

const faults = ({ faults }: Recording): StoryLine[] =>
  faults.flatMap((f): StoryLine[] => {
    const on = f.targets.join(', ') || 'no target';
    const node = f.targets.length === 1 ? { node: f.targets[0]! } : {};
    const lines: StoryLine[] = [
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
    if (f.over)
      lines.push({ t: f.over.at, kind: 'heal', ...node, text: `${f.type} is over: ${f.over.why}`, witness: 'redrill' });
    for (const [name, t] of Object.entries(f.healed ?? {}))
      lines.push({ t, kind: 'heal', node: name, text: `${f.type} on ${name} healed`, witness: 'redrill' });
    if (f.healedAt !== undefined && !f.lasting && !f.healed)
      lines.push({ t: f.healedAt, kind: 'heal', ...node, text: `${f.type} on ${on} healed`, witness: 'redrill' });
    return lines;
  });

function logged(fact: LogFact, words: Terms): StoryLine {
  const { t, node, kind, about } = fact;
  const line: StoryLine = { t, kind: kinds[kind], node, text: wording(fact, words), witness: `server log of ${node}` };
  if (kind === 'suspected' || kind === 'failed' || kind === 'cleared') return { ...line, key: `${kind} ${about}` };
  if (kind === 'vote') return { ...line, key: `vote ${about}` };
  if (kind === 'denied') return { ...line, key: line.text };
  if (kind === 'state' || kind === 'start' || kind === 'switched') return { ...line, key: line.text };
  if (kind === 'promoted' || kind === 'demoted') return { ...line, key: `${kind} ${node}` };
  return line;
}

/** Node ids mean nothing to a reader: where a line speaks of a node it is said by name. */
function wording({ kind, about, text, node, numbers }: LogFact, words: Terms): string {
  if (kind === 'suspected') return `${about} is suspected (${words.suspected})`;
  if (kind === 'failed') return `${about} is marked as failed (${words.failed})`;
  if (kind === 'switched') return `${about} is the primary for ${node} now`;
  if (kind === 'cleared') return `${about} is no longer marked as failed`;
  if (kind === 'vote') return `vote for ${about}`;
  if (kind === 'denied')
    return numbers.epoch === undefined
      ? `no vote for ${about}: epoch ${numbers.asked} is over`
      : `no vote for ${about}: epoch ${numbers.epoch} has another one's`;
  if (kind === 'promoted') return `${node} is primary now`;
  if (kind === 'demoted') return about === undefined ? text : `${node} becomes a replica of ${about}`;
  return text;
}

function outage({ shard, from, to, answers }: Outage, words: ReturnType<typeof serviceWords>): StoryLine[] {
  const told = Object.entries(answers)
    .sort((a, b) => b[1] - a[1])
    .map(([answer, n]) => `${answer} × ${n}`);
  const because = told.length > 0 ? `: ${told.slice(0, 4).join(', ')}` : '';
  const witness = `probe of shard ${shard}`;
  const lines: StoryLine[] = [
    { t: from, kind: 'outage', shard, text: `shard ${shard} ${words.doesNot}${because}`, witness },
  ];
  if (to !== undefined)
    lines.push({
      t: to,
      kind: 'service',
      shard,
      text: `shard ${shard} ${words.serves} again, after ${formatDuration(to - from)}`,
      witness,
    });
  return lines;
}

const procedures = ({ procedures }: Recording): StoryLine[] =>
  procedures.flatMap((p): StoryLine[] => {
    if (p.verdict === 'never started') return [];
    const line = (t: number, text: string, node?: string): StoryLine => ({
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
const steps = ({ steps = [] }: Recording): StoryLine[] =>
  steps.flatMap(({ kind, title, verdict, why, nodes, endedAt }): StoryLine[] =>
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

const comeback = ({ at, moments, phases }: Incident): StoryLine[] =>
  (['client', 'redundant', 'normal'] as const).flatMap((name): StoryLine[] => {
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

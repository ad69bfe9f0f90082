/** The plan for people: what will be started, what happens when, what the server's rules predict, what must hold. */
import { columns } from '../core/columns.js';
import { oneLine } from '../core/harmless.js';
import { formatDuration, formatSize, plural } from '../core/units.js';
import { traitsOf } from '../deployment/kinds.js';
import { saidOf } from '../timeline/observed.js';
import { kindOf } from '../topology/kinds/index.js';
import { noWayBack } from '../topology/mixed.js';
import { shownSettings } from '../topology/settings.js';
import { abilitiesIn } from './needs.js';
import { printable } from './plan.js';
import { serverNamed } from './possible.js';
import { objectiveRegistry } from './registries.js';
import { expectedOf, titleOf } from './steps/describe.js';
import type { Plan, PlanEntry, PlannedFault, PlannedProcedure, PlannedSequence, Prediction, Trigger } from './types.js';
import { formatWhen } from './when.js';
import { zonesLines } from './zones.js';

type Row = string[];

export function describePlan(given: Plan): string {
  const plan = printable(given);
  const { scenario, workload } = plan;
  const sections = [
    [
      `${scenario.name}: ${scenario.title}`,
      `seed ${plan.seed}, gives up ${formatDuration(plan.budget)} after the timeline begins`,
      ...(scenario.use ? [`uses ${scenario.use.join(', ')}`] : []),
      ...(plan.skipped === undefined ? [] : [`skipped: ${plan.skipped}`]),
    ],
    ['Starts', ...indent([...topologyLines(plan), loadLine(workload)])],
    ['Timeline', ...table(rowsOf(plan, 'timeline'), 'no faults')],
    ['Recovery', ...table(rowsOf(plan, 'recovery'), 'no procedure: the servers are left to themselves')],
    ...(plan.predictions.length > 0
      ? [["Expected by the server's own rules", ...table(plan.predictions.map(predictionRow))]]
      : []),
    [
      'Objectives',
      ...table(
        plan.objectives.map(({ name, text, optional }) => [
          name,
          text + (optional ? ' (optional)' : ''),
          saidOf(plan.topology.kind, plan.workload.probes, objectiveRegistry[name]?.summary ?? ''),
        ]),
      ),
    ],
  ];
  return `${sections.map((lines) => lines.map(oneLine).join('\n')).join('\n\n')}\n`;
}

function topologyLines({ topology, needs, nodeIds }: Plan): string[] {
  const {
    kind,
    shards,
    replicas,
    perShard,
    sentinels,
    image,
    persistence = 'none',
    disk,
    memory,
    cpus,
    config,
    password,
    users = {},
    tls,
    images = {},
    configs = {},
  } = topology;
  const back = noWayBack(topology, serverNamed);
  const people = Object.entries(users).map(([name, user]) => `${name}${user.for ? ` (${user.for})` : ''}`);
  const limits = [
    memory !== undefined && `${formatSize(memory)} of memory`,
    cpus !== undefined && `${cpus} CPUs`,
    disk !== undefined && `${formatSize(disk)} of disk`,
  ].filter(Boolean);
  const settings = shownSettings(config);
  return [
    `${plural(nodeIds.length, 'container')} of ${image}: ${traitsOf(kind).hasSlots ? `${plural(shards, 'shard')} with ${perShard ? `${perShard.join(', ')} replicas` : `${plural(replicas, 'replica')} each`}` : `a primary with ${plural(replicas, 'replica')}`}${password === undefined ? '' : ', with a password'}${tls ? ', over TLS' : ''}`,
    ...kindOf(topology).says(topology),
    ...Object.entries(images).map(([who, other]) => `${who}: ${other}`),
    ...(back === undefined ? [] : [back]),
    ...zonesLines(topology),
    ...(limits.length > 0 ? [`each limited to ${limits.join(' and ')}`] : []),
    ...(persistence !== 'none' ? [`persistence ${persistence}`] : []),
    ...(people.length > 0 ? [`users ${people.join(', ')}; redrill itself connects as another`] : []),
    ...(settings.length > 0 ? [settings.join(', ')] : []),
    ...(sentinels?.config ? [`sentinels: ${shownSettings(sentinels.config).join(', ')}`] : []),
    ...Object.entries(configs).map(([who, own]) => `${who}: ${shownSettings(own).join(', ')}`),
    `needs: ${abilitiesIn({ needs }).join(', ')}`,
  ];
}

function loadLine({
  pubsub,
  ttl,
  kind,
  probes,
  replicaReads,
  clients,
  rate,
  waitReplicas,
  profiles,
  keys,
  valueSize,
}: Plan['workload']): string {
  const published = pubsub
    ? `, ${pubsub.rate} messages/s ${pubsub.sharded ? 'by shard' : 'to subscribers on all nodes'}`
    : '';
  const fromReplicas = replicaReads > 0 ? `, reads from replicas ${replicaReads}/s` : '';
  const asked = probes === 'read' ? '; service is a read that is answered, nobody writes' : '';
  if (kind === 'none') return `no load, probes only${fromReplicas}${published}${asked}`;
  const wait = waitReplicas > 0 ? `, WAIT for ${plural(waitReplicas, 'replica')}` : '';
  const data =
    kind === 'expiring'
      ? `, keys that live ${formatDuration(ttl)}`
      : kind === 'cache'
        ? `, ${plural(keys, 'key')}, values of ${formatSize(valueSize)}`
        : '';
  return `load "${kind}": ${plural(clients, 'client')}, ${rate}/s${data}, client settings ${profiles}${wait}${fromReplicas}${published}${asked}`;
}

const rowsOf = ({ entries }: Plan, part: PlanEntry['part']): Row[] =>
  entries.filter((entry) => entry.part === part).flatMap((entry) => entryRows(entry));

/** Steps stand below the sequence they belong to. */
function entryRows(entry: PlanEntry, depth = 0): Row[] {
  const indent = '  '.repeat(depth);
  const row = (what: string): Row => [depth === 0 ? triggerText(entry.trigger) : '', `${indent}${what}`];
  if (entry.kind === 'steps')
    return [row(`${entry.id}, ${sequenceText(entry)}:`), ...entry.steps.flatMap((step) => roundRows(step, depth + 1))];
  if (entry.kind === 'choose')
    return [
      row(`${entry.id}, one of them:`),
      ...entry.options.flatMap((option) => {
        const [[at = '', what = ''] = [], ...rest] = entryRows(option, depth + 1);
        return [[at, `${what}${option.drawn ? ' [drawn with this seed]' : ''}`], ...rest];
      }),
    ];
  if (entry.kind === 'fault' || entry.kind === 'procedure') return [row(workText(entry))];
  const expected =
    entry.kind === 'run'
      ? `: ${expectedOf(entry)}`
      : entry.kind === 'expect' || entry.kind === 'never'
        ? heldText(entry)
        : '';
  return [row(`${titleOf(entry)}${expected}${entry.optional ? ' (optional)' : ''}`)];
}

const sequenceText = ({ steps, pace }: PlannedSequence): string =>
  pace === undefined
    ? 'one after the other'
    : [
        plural(steps.length, 'round'),
        pace.every !== undefined && `every ${formatDuration(pace.every)}`,
        pace.pause !== undefined && `${formatDuration(pace.pause)} between them`,
      ]
        .filter(Boolean)
        .join(', ');

/** A round of a single step needs no heading of its own. */
const roundRows = (step: PlanEntry, depth: number): Row[] =>
  step.kind === 'steps' && step.steps.length === 1 ? entryRows(step.steps[0]!, depth) : entryRows(step, depth);

const heldText = ({ within, for: held }: { within?: number; for?: number }): string =>
  `${within === undefined ? '' : ` within ${formatDuration(within)}`}${held === undefined ? '' : `, for ${formatDuration(held)}`}`;

function workText(entry: PlannedFault | PlannedProcedure): string {
  const held = entry.kind === 'fault' && entry.for !== undefined ? `, healed after ${formatDuration(entry.for)}` : '';
  const chance =
    entry.kind === 'fault' && entry.probability !== undefined
      ? ` [probability ${entry.probability * 100} %: ${entry.drawn ? 'fires' : 'does not fire'} with this seed]`
      : '';
  const target = entry.kind === 'fault' && entry.targetWords.length > 0 ? ` on ${entry.targetWords.join(' and ')}` : '';
  const params = Object.entries(entry.params).map(([key, value]) => `${key} ${paramText(key, value)}`);
  return `${entry.type}${target}${held}${params.length > 0 ? ` (${params.join(', ')})` : ''}${chance}`;
}

/** Times are kept in ms, whatever they were written in; a count or a share has no name of a time. */
const paramText = (key: string, value: unknown): string =>
  typeof value === 'number' && TIMES.test(key) ? formatDuration(value) : plainText(value);

/** A word needs no quotes, and a list of words no brackets. */
const plainText = (value: unknown): string => {
  const isWord = (one: unknown): one is string => typeof one === 'string' && /^\w[\w .-]*$/.test(one);
  if (isWord(value)) return value;
  return Array.isArray(value) && value.length > 0 && value.every(isWord) ? value.join(' and ') : JSON.stringify(value);
};
const TIMES = /(^|_)(timeout|within|for|every|pause|delay|interval)$/;

function triggerText(trigger: Trigger): string {
  if ('at' in trigger) return `at ${formatDuration(trigger.at)}`;
  if ('next' in trigger) return 'then';
  const within = trigger.within === undefined ? '' : ` (within ${formatDuration(trigger.within)})`;
  return `when ${formatWhen(trigger.when)}${within}`;
}

const predictionRow = ({ what, min, max, rule }: Prediction): Row => [
  what,
  max === undefined ? `${formatDuration(min)} or more` : `${formatDuration(min)} to ${formatDuration(max)}`,
  rule,
];

const indent = (lines: string[]): string[] => lines.map((line) => `  ${line}`);

function table(rows: Row[], empty = 'none'): string[] {
  return indent(rows.length > 0 ? columns(rows) : [empty]);
}

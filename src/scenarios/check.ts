/** What the schema can't say: whether the parts of a scenario fit together. Each check looks at what there is of the draft. */

import { traitsOf } from '../assertions/registry.js';
import { didYouMean } from '../core/nearest.js';
import { kindsWhere } from '../deployment/kinds.js';
import { DEFAULT_KIND, foreignKeys, kindNames, kindOf } from '../topology/kinds/index.js';
import { replicasByShard } from '../topology/layout.js';
import { mismatch, unknownGroup } from '../topology/mixed.js';
import type { TopologySpec } from '../topology/types.js';
import { checkSupport, checkTargets } from './check-targets.js';
import type { Draft } from './draft.js';
import { isMap } from './merge.js';
import { impossible, serverNamed } from './possible.js';
import type { Complaint } from './problems.js';
import { procedureRegistry } from './registries.js';
import { checkSteps, checkStepTargets } from './steps/check.js';
import type { ExpectStep, NeverStep, RunStep, ScenarioEntry } from './types.js';
import { checkPlacement } from './zones.js';

/** Complaints that don't depend on the topology. */
export function checkDraft(draft: Draft): Complaint[] {
  return [
    ...checkIds(draft),
    ...checkSteps(draft),
    ...checkStart(draft),
    ...checkTimeout(draft),
    ...checkObjectives(draft),
    ...checkKind(draft),
    ...checkWorkload(draft),
  ];
}

/** Complaints about one variant of the topology. */
export function checkVariant(draft: Draft, topology: TopologySpec): Complaint[] {
  return [
    ...checkReplicas(draft, topology),
    ...checkPlacement(topology),
    ...checkImages(topology),
    ...checkTargets(draft, topology),
    ...checkStepTargets(draft, topology),
    ...checkSupport(draft, topology),
    ...checkWait(draft, topology),
    ...checkLimits(draft, topology),
    ...impossible(draft, topology),
  ];
}

function checkImages(topology: TopologySpec): Complaint[] {
  const unknown = [
    ...unknownNames(topology, 'images', topology.images),
    ...unknownNames(topology, 'configs', topology.configs),
  ];
  const wrong = unknown.length > 0 ? undefined : mismatch(topology, serverNamed);
  return wrong === undefined ? unknown : [{ path: ['topology', 'images'], message: wrong }];
}

const unknownNames = (topology: TopologySpec, key: string, named: object = {}): Complaint[] =>
  Object.keys(named).flatMap((name): Complaint[] => {
    const message = unknownGroup(topology, name);
    return message === undefined ? [] : [{ path: ['topology', key, name], message, atKey: true }];
  });

function checkIds(draft: Draft): Complaint[] {
  const ids = new Map<string, ScenarioEntry>();
  const complaints: Complaint[] = [];
  const { entries } = draft;
  for (const { entry, path } of entries) {
    if (ids.has(entry.id)) complaints.push({ path: [...path, 'id'], message: `the id "${entry.id}" is used twice` });
    else ids.set(entry.id, entry);
  }
  for (const { entry, path } of entries) {
    const next = afterOf(entry);
    if (next === undefined) continue;
    if (!ids.has(next)) {
      // An entry with an error of its own has no id here: what waits for it may be right.
      if (!draft.whole) continue;
      complaints.push({
        path: [...path, 'when'],
        message: `there is no entry "${next}".${didYouMean(next, ids.keys()) || ` Known: ${[...ids.keys()].join(', ')}`}`,
      });
      continue;
    }
    const chain = [entry.id];
    for (let id: string | undefined = next; id !== undefined; id = afterOf(ids.get(id))) {
      chain.push(id);
      if (chain.indexOf(id) < chain.length - 1) break;
    }
    if (chain.at(-1) === entry.id)
      complaints.push({ path: [...path, 'when'], message: `never starts: ${chain.join(' waits for ')}` });
  }
  return complaints;
}

const afterOf = (entry: ScenarioEntry | undefined): string | undefined =>
  entry && 'when' in entry.trigger && entry.trigger.when.on === 'after' ? entry.trigger.when.id : undefined;

/** Nothing happens to a cluster by itself: something must start without waiting for another thing to happen. */
function checkStart(draft: Draft): Complaint[] {
  const { timeline, recovery, raw } = draft;
  const none = (list: unknown): boolean => list === undefined || (Array.isArray(list) && list.length === 0);
  if (timeline.length + recovery.length === 0)
    return Object.keys(raw).length > 0 && none(raw.timeline) && none(raw.recovery)
      ? [{ path: ['timeline'], message: 'a drill needs at least one fault, procedure or step' }]
      : [];
  const starts = [...timeline, ...recovery].some(
    (entry) => !entry || 'at' in entry.trigger || ('when' in entry.trigger && entry.trigger.when.on === 'steady'),
  );
  return starts
    ? []
    : [
        {
          path: [timeline.length > 0 ? 'timeline' : 'recovery'],
          message: 'nothing ever starts: every entry waits for an event; give one of them "at"',
        },
      ];
}

/** Steps may speak for themselves; what recovery takes is only known of something that was broken or done. */
function checkObjectives({ raw, entries, whole }: Draft): Complaint[] {
  const given = isMap(raw.objectives) ? Object.keys(raw.objectives) : [];
  if (!whole) return [];
  const asks = entries.some(({ entry }) => isQuestion(entry) && !entry.optional);
  if (given.length === 0 && (raw.objectives === undefined || isMap(raw.objectives)) && !asks)
    return [{ path: ['objectives'], message: 'a drill without objectives proves nothing: write at least one' }];
  const procedures = entries.flatMap(({ entry }) => (entry.kind === 'procedure' ? [entry.type] : []));
  const acts =
    entries.some(({ entry }) => entry.kind === 'fault') || procedures.some((name) => !procedureRegistry[name]?.idle);
  if (acts || entries.length === 0) return [];
  const [idle] = procedures;
  const none =
    idle === undefined ? 'this drill has none' : `this drill has only ${idle}, which does nothing to the deployment`;
  return given
    .filter((name) => traitsOf(name).countsFromFault)
    .map((name) => ({
      path: ['objectives', name],
      message: `${name} counts from a fault or procedure, and ${none}; expect "within" a time in a step`,
      atKey: true,
    }));
}

/** What no result of this topology can miss, and what it has not got. */
function checkLimits({ objectives }: Draft, topology: TopologySpec): Complaint[] {
  return objectives.flatMap(({ name, op, limit, text }) => {
    const { most, ofSlots } = traitsOf(name);
    const path = ['objectives', name];
    if (ofSlots && !kindsWhere(({ hasSlots }) => hasSlots).some((kind) => kind === topology.kind))
      return [{ path, message: `only a cluster has slots; leave it out with kind ${topology.kind}`, atKey: true }];
    const all = most?.(topology);
    const met = all !== undefined && (op === '<=' ? limit >= all : op === '<' && limit > all);
    return met
      ? [
          {
            path,
            message: `"${text}" is always met, so it proves nothing: there are ${all} values in all; write "== 0"`,
          },
        ]
      : [];
  });
}

const isQuestion = (entry: ScenarioEntry): entry is RunStep | ExpectStep | NeverStep =>
  entry.kind === 'run' || entry.kind === 'expect' || entry.kind === 'never';

/** What belongs to another kind of topology. */
function checkKind({ raw }: Draft): Complaint[] {
  const topology = isMap(raw.topology) ? raw.topology : {};
  const { kind = DEFAULT_KIND } = topology;
  // What has not the right form is told by the schema.
  if (typeof kind !== 'string') return [];
  return [
    ...foreignKeys(kind, topology).map(({ key, why }) => ({ path: ['topology', key], message: why, atKey: true })),
    ...kindNames
      .flatMap((name) => kindOf({ kind: name }).check?.(topology) ?? [])
      .map(({ path, message }) => ({
        path: ['topology', ...path],
        message,
      })),
  ];
}

/** Whoever says that nobody writes must not write. */
function checkWorkload({ raw }: Draft): Complaint[] {
  const { kind = 'append', probes, pubsub } = isMap(raw.workload) ? raw.workload : {};
  const topology = isMap(raw.topology) ? raw.topology : {};
  const { kind: among = DEFAULT_KIND } = topology;
  if (isMap(pubsub) && pubsub.sharded === true && !kindsWhere(({ hasSlots }) => hasSlots).some((one) => one === among))
    return [
      {
        path: ['workload', 'pubsub', 'sharded'],
        message: `only a cluster has shards to publish to; leave it out with kind ${String(topology.kind)}`,
      },
    ];
  return probes === 'read' && (kind === 'append' || kind === 'expiring' || kind === 'cache')
    ? [
        {
          path: ['workload', 'probes'],
          message: `probes that read are for deployments that nobody writes to, and a load of kind ${kind} writes; write kind: read, or none`,
        },
      ]
    : [];
}

/** A list of replicas has one number for each shard. */
function checkReplicas({ raw }: Draft, { shards }: TopologySpec): Complaint[] {
  const written = isMap(raw.topology) ? raw.topology.replicas : undefined;
  return Array.isArray(written) && written.length !== shards
    ? [
        {
          path: ['topology', 'replicas'],
          message: `${written.length} numbers for ${shards} ${shards === 1 ? 'shard' : 'shards'}`,
        },
      ]
    : [];
}

function checkTimeout(draft: Draft): Complaint[] {
  if (draft.timeout === undefined) return [];
  const last = lastTimed([...draft.timeline, ...draft.recovery]);
  return draft.timeout <= last
    ? [
        {
          path: ['timeout'],
          message: `what stands in the timeline and recovery may take ${last / 1000}s, every \`for\` and \`within\` counted in full; the timeout must be longer`,
        },
      ]
    : [];
}

/** ms: the last moment that the file itself fixes. */
export function lastTimed(entries: readonly (ScenarioEntry | undefined)[]): number {
  const ends = entries.map((entry) => (entry && 'at' in entry.trigger ? entry.trigger.at + lengthOf(entry) : 0));
  return Math.max(0, ...ends);
}

/** ms that an entry may take by what is written: what it holds, what it waits for at the longest. */
export function lengthOf(entry: ScenarioEntry): number {
  switch (entry.kind) {
    case 'fault':
      return entry.for ?? 0;
    case 'run':
      return entry.within ?? entry.timeout;
    case 'expect':
      return (entry.within ?? 0) + (entry.for ?? 0);
    case 'never':
      return entry.for;
    case 'wait':
      return 'time' in entry.until ? entry.until.time : (entry.until.within ?? 0);
    case 'steps': {
      const { every = 0, pause = 0 } = entry.pace ?? {};
      return entry.steps.reduce((sum, step) => sum + Math.max(every, lengthOf(step) + pause), 0);
    }
    case 'choose':
      return Math.max(...entry.options.map(lengthOf));
    default:
      return 0;
  }
}

function checkWait({ raw }: Draft, topology: TopologySpec): Complaint[] {
  const wait = isMap(raw.workload) && isMap(raw.workload.wait) ? raw.workload.wait.replicas : undefined;
  const fewest = Math.min(...replicasByShard(topology));
  return typeof wait === 'number' && wait > fewest
    ? [
        {
          path: ['workload', 'wait', 'replicas'],
          message: `no write can reach ${wait} replicas: ${topology.perShard ? 'a primary' : 'each primary'} has ${fewest}`,
        },
      ]
    : [];
}

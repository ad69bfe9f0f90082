/** What the schema can't say: whether the parts of a scenario fit together. Each check looks at what there is of the draft. */
import { checkTarget, parseTarget, type Target } from '../topology/targets.js';
import type { TopologySpec } from '../topology/types.js';
import type { Draft } from './draft.js';
import { shapeOf } from './entries.js';
import { isMap } from './merge.js';
import { impossible } from './possible.js';
import { type Complaint, didYouMean, type Path } from './problems.js';
import { faultRegistry, procedureRegistry } from './registries.js';
import type { FaultEntry, ProcedureEntry } from './types.js';
import { checkPlacement } from './zones.js';

/** Complaints that don't depend on the topology. */
export function checkDraft(draft: Draft): Complaint[] {
  return [
    ...checkTriggers(draft),
    ...checkIds(draft),
    ...checkStart(draft),
    ...checkTimeout(draft),
    ...checkObjectives(draft),
    ...checkKind(draft),
  ];
}

/** Complaints about one variant of the topology. */
export function checkVariant(draft: Draft, topology: TopologySpec): Complaint[] {
  return [
    ...checkPlacement(topology),
    ...checkTargets(draft, topology),
    ...checkSupport(draft, topology),
    ...checkWait(draft, topology),
    ...impossible(draft, topology),
  ];
}

/** Every entry of both lists with its place; entries with errors of their own are left out. */
function* entriesOf(draft: Draft): Generator<{ entry: FaultEntry | ProcedureEntry; path: Path }> {
  for (const [i, entry] of draft.timeline.entries()) if (entry) yield { entry, path: ['timeline', i] };
  for (const [i, entry] of draft.recovery.entries()) if (entry) yield { entry, path: ['recovery', i] };
}

function checkTriggers({ raw }: Draft): Complaint[] {
  return (['timeline', 'recovery'] as const).flatMap((list) =>
    (Array.isArray(raw[list]) ? raw[list] : []).flatMap((entry: unknown, i): Complaint[] => {
      if (!isMap(entry)) return [];
      const path = [list, i];
      if (!('at' in entry) && !('when' in entry))
        return [{ path, message: 'missing "at" (a time) or "when" (an event)' }];
      if ('at' in entry && 'when' in entry)
        return [
          { path: [...path, 'when'], message: 'an entry starts "at" a time or "when" an event, not both', atKey: true },
        ];
      if ('within' in entry && 'at' in entry && !ownsWithin(entry))
        return [
          { path: [...path, 'within'], message: '"within" belongs to "when": a time needs no waiting', atKey: true },
        ];
      return [];
    }),
  );
}

/** A procedure may have a parameter of that name: the time it may take itself. */
function ownsWithin({ procedure, fault }: Record<string, unknown>): boolean {
  const found = procedureRegistry[String(procedure)] ?? faultRegistry[String(fault)];
  return found !== undefined && 'within' in shapeOf(found.params);
}

function checkIds(draft: Draft): Complaint[] {
  const ids = new Map<string, FaultEntry | ProcedureEntry>();
  const complaints: Complaint[] = [];
  const entries = [...entriesOf(draft)];
  for (const { entry, path } of entries) {
    if (ids.has(entry.id)) complaints.push({ path: [...path, 'id'], message: `the id "${entry.id}" is used twice` });
    else ids.set(entry.id, entry);
  }
  // An entry with an error of its own has no id here: what waits for it may be right.
  const whole = ![...draft.timeline, ...draft.recovery].includes(undefined);
  for (const { entry, path } of entries) {
    const next = afterOf(entry);
    if (next === undefined) continue;
    if (!ids.has(next)) {
      if (!whole) continue;
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

const afterOf = (entry: FaultEntry | ProcedureEntry | undefined): string | undefined =>
  entry && 'when' in entry.trigger && entry.trigger.when.on === 'after' ? entry.trigger.when.id : undefined;

/** Nothing happens to a cluster by itself: something must start without waiting for another thing to happen. */
function checkStart(draft: Draft): Complaint[] {
  const { timeline, recovery, raw } = draft;
  const none = (list: unknown): boolean => list === undefined || (Array.isArray(list) && list.length === 0);
  if (timeline.length + recovery.length === 0)
    return Object.keys(raw).length > 0 && none(raw.timeline) && none(raw.recovery)
      ? [{ path: ['timeline'], message: 'a drill needs at least one fault or procedure' }]
      : [];
  const starts = [...timeline, ...recovery].some(
    (entry) => !entry || 'at' in entry.trigger || entry.trigger.when.on === 'steady',
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

function checkObjectives({ raw }: Draft): Complaint[] {
  return isMap(raw.objectives) && Object.keys(raw.objectives).length === 0
    ? [{ path: ['objectives'], message: 'a drill without objectives proves nothing: write at least one' }]
    : [];
}

/** What belongs to another kind of topology. */
function checkKind({ raw }: Draft): Complaint[] {
  const topology = isMap(raw.topology) ? raw.topology : {};
  const { kind = 'cluster', shards, sentinels } = topology;
  const quorum = isMap(sentinels) ? Number(sentinels.quorum ?? 1) : 1;
  const count = isMap(sentinels) ? Number(sentinels.count ?? 3) : 3;
  return [
    ...(kind !== 'cluster' && shards !== undefined
      ? [
          {
            path: ['topology', 'shards'],
            message: `a topology of kind ${kind} has one primary; shards are of a cluster`,
            atKey: true,
          },
        ]
      : []),
    ...(kind !== 'sentinel' && sentinels !== undefined
      ? [
          {
            path: ['topology', 'sentinels'],
            message: `a topology of kind ${kind} has no sentinels; write kind: sentinel`,
            atKey: true,
          },
        ]
      : []),
    ...(quorum > count
      ? [{ path: ['topology', 'sentinels', 'quorum'], message: `${quorum} of ${count} sentinels can never agree` }]
      : []),
  ];
}

function checkTimeout(draft: Draft): Complaint[] {
  if (draft.timeout === undefined) return [];
  const last = lastTimed([...draft.timeline, ...draft.recovery]);
  return draft.timeout <= last
    ? [{ path: ['timeout'], message: `the timeline itself takes ${last / 1000}s; the timeout must be longer` }]
    : [];
}

/** ms: the last moment that the file itself fixes. */
export function lastTimed(entries: readonly (FaultEntry | ProcedureEntry | undefined)[]): number {
  const ends = entries.map((entry) =>
    entry && 'at' in entry.trigger ? entry.trigger.at + (entry.kind === 'fault' ? (entry.for ?? 0) : 0) : 0,
  );
  return Math.max(0, ...ends);
}

function checkTargets({ timeline, recovery, raw }: Draft, topology: TopologySpec): Complaint[] {
  const impossibleAt = (path: Path, target: Target): Complaint[] => {
    const message = checkTarget(target, topology);
    return message === undefined ? [] : [{ path, message }];
  };
  const inRecovery = recovery.flatMap((entry, i) => {
    if (!entry) return [];
    const path = ['recovery', i];
    const refused = procedureRegistry[entry.type]!.refuses?.(entry.params, topology);
    return [
      ...textsIn(entry.params, path).flatMap(({ path, text }) => impossibleAt(path, parseTarget(text))),
      ...(refused ? [{ path: [...path, refused.param], message: refused.why }] : []),
    ];
  });
  const inTimeline = timeline.flatMap((entry, i) => {
    if (!entry) return [];
    const path = ['timeline', i];
    // A fault that names its own targets has them among its parameters, at any depth.
    if (faultRegistry[entry.type]!.targeted === false)
      return textsIn(entry.params, path).flatMap(({ path, text }) => impossibleAt(path, parseTarget(text)));
    const inList = Array.isArray((raw.timeline as { target?: unknown }[])[i]?.target);
    return entry.targets.flatMap((target, j) => impossibleAt([...path, 'target', ...(inList ? [j] : [])], target));
  });
  return [...inTimeline, ...inRecovery];
}

/** Texts in a value that are targets, with their places. */
function textsIn(value: unknown, path: Path): { path: Path; text: string }[] {
  if (typeof value === 'string') return isTarget(value) ? [{ path, text: value }] : [];
  if (typeof value !== 'object' || value === null) return [];
  const items: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return items.flatMap(([key, item]) => textsIn(item, [...path, key]));
}

function isTarget(text: string): boolean {
  try {
    parseTarget(text);
    return true;
  } catch {
    return false;
  }
}

function checkSupport({ timeline }: Draft, topology: TopologySpec): Complaint[] {
  return timeline.flatMap((entry, i): Complaint[] => {
    // The server and the tools are only known once the image is there: what needs them is asked again then.
    const fault = entry && faultRegistry[entry.type]!;
    if (fault?.kinds && !fault.kinds.includes(topology.kind))
      return [
        {
          path: ['timeline', i, 'fault'],
          message: `${entry!.type} can't work here: it needs a topology of kind ${fault.kinds.join(' or ')}`,
        },
      ];
    if (fault?.lasting && entry?.for !== undefined)
      return [
        {
          path: ['timeline', i, 'for'],
          message: `${entry.type} is over at once and nothing undoes it: "for" has no meaning here`,
          atKey: true,
        },
      ];
    const reason = fault?.supports?.({ topology, tools: true });
    return typeof reason === 'string'
      ? [{ path: ['timeline', i, 'fault'], message: `${entry!.type} can't work here: ${reason}` }]
      : [];
  });
}

function checkWait({ raw }: Draft, topology: TopologySpec): Complaint[] {
  const wait = isMap(raw.workload) && isMap(raw.workload.wait) ? raw.workload.wait.replicas : undefined;
  return typeof wait === 'number' && wait > topology.replicas
    ? [
        {
          path: ['workload', 'wait', 'replicas'],
          message: `no write can reach ${wait} replicas: each primary has ${topology.replicas}`,
        },
      ]
    : [];
}

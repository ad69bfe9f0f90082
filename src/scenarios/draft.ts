/**
 * Turns checked data into a Scenario, part by part: a file with one bad entry still gets its other entries checked, so
 * that all its errors are shown at once.
 */
import type { z } from 'zod';
import { parseObjective } from '../assertions/parse.js';
import { messageOf } from '../core/errors.js';
import type { SentinelSpec, TopologySpec, UserSpec } from '../topology/types.js';
import type { ObjectiveSpec } from '../workload/recording.js';
import { commonFault, commonProcedure, faultEntry, paramsOf, procedureEntry, type RawEntry } from './entries.js';
import { isMap } from './merge.js';
import { type Complaint, complaintsOf, wording } from './problems.js';
import { faultRegistry, objectiveRegistry, procedureRegistry } from './registries.js';
import { type RawScenario, scenarioFields, scenarioSchema } from './schema.js';
import type { FaultEntry, ProcedureEntry, Scenario, Trigger } from './types.js';

type RawUser = NonNullable<RawScenario['topology']['users']>[string];

/** A scenario some of whose parts may be unusable. Entries keep their index in the file. */
export interface Draft {
  raw: Record<string, unknown>;
  topology: TopologySpec | undefined;
  timeline: (FaultEntry | undefined)[];
  recovery: (ProcedureEntry | undefined)[];
  objectives: ObjectiveSpec[];
  matrix: RawScenario['matrix'];
  timeout: number | undefined;
  /** Builds the scenario; only for a draft without complaints. */
  complete(): Scenario;
}

export function draftOf(data: unknown): { draft: Draft; complaints: Complaint[] } {
  const whole = scenarioSchema.safeParse(data, { error: wording });
  const complaints = whole.success ? [] : complaintsOf(whole.error);
  const raw = isMap(data) ? data : {};

  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const ids = idMaker();
  const timeline = list(raw.timeline).map((entry) => mapped(part(faultEntry, entry), (e) => faultOf(e, ids)));
  const recovery = list(raw.recovery).map((entry) => mapped(part(procedureEntry, entry), (e) => procedureOf(e, ids)));
  const { objectives, complaints: unclear } = objectivesOf(raw.objectives);
  const topology = mapped(part(scenarioFields.topology, raw.topology), topologyOf);

  const draft: Draft = {
    raw,
    topology,
    timeline,
    recovery,
    objectives,
    matrix: part(scenarioFields.matrix, raw.matrix),
    timeout: part(scenarioFields.timeout, raw.timeout),
    complete: () =>
      scenarioOf(whole.data!, topology!, timeline as FaultEntry[], recovery as ProcedureEntry[], objectives),
  };
  for (const name of ['timeline', 'recovery'] as const) complaints.push(...commonComplaints(name, list(raw[name])));
  return { draft, complaints: [...complaints, ...unclear] };
}

/** The value as far as the schema takes it: an unknown key is a complaint, but no reason to leave the rest unchecked. */
function part<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues;
  if (!isMap(value) || !issues.every((issue) => issue.code === 'unrecognized_keys' && issue.path.length === 0))
    return undefined;
  const unknown = new Set(issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : [])));
  return schema.safeParse(Object.fromEntries(Object.entries(value).filter(([key]) => !unknown.has(key)))).data;
}

/** An entry of no known type matches no schema at all: its common fields are still looked at. */
function commonComplaints(list: 'timeline' | 'recovery', entries: unknown[]): Complaint[] {
  const [key, registry, common] =
    list === 'timeline'
      ? (['fault', faultRegistry, commonFault] as const)
      : (['procedure', procedureRegistry, commonProcedure] as const);
  return entries.flatMap((entry, i): Complaint[] => {
    if (!isMap(entry) || Object.hasOwn(registry, String(entry[key]))) return [];
    const parsed = common.safeParse(entry, { error: wording });
    return parsed.success ? [] : complaintsOf(parsed.error, [list, i]);
  });
}

const mapped = <T, U>(value: T | undefined, use: (value: T) => U): U | undefined =>
  value === undefined ? undefined : use(value);

/** The first of a type is called by its type, the next "kill-2": "after kill" stays right when another one is added behind. */
function idMaker(): (type: string) => string {
  const counts = new Map<string, number>();
  return (type) => {
    const n = (counts.get(type) ?? 0) + 1;
    counts.set(type, n);
    return n === 1 ? type : `${type}-${n}`;
  };
}

/** Whether both or neither were written is checked elsewhere; here one of them is taken. */
function triggerOf({ at, when, within }: RawEntry, own: Record<string, unknown>): Trigger {
  return when === undefined ? { at: at ?? 0 } : { when, ...(within !== undefined && !('within' in own) && { within }) };
}

function faultOf(raw: RawEntry, ids: (type: string) => string): FaultEntry {
  const type = raw.fault!;
  const made = ids(type);
  const params = paramsOf(raw, faultRegistry[type]!.params);
  return {
    kind: 'fault',
    id: raw.id ?? made,
    type,
    trigger: triggerOf(raw, params),
    params,
    targetWords: (raw.target ?? []).map(({ words }) => words),
    targets: (raw.target ?? []).map(({ target }) => target),
    ...(raw.for !== undefined && { for: raw.for }),
    ...(raw.probability !== undefined && { probability: raw.probability }),
  };
}

function procedureOf(raw: RawEntry, ids: (type: string) => string): ProcedureEntry {
  const type = raw.procedure!;
  const made = ids(type);
  const params = paramsOf(raw, procedureRegistry[type]!.params);
  return { kind: 'procedure', id: raw.id ?? made, type, trigger: triggerOf(raw, params), params };
}

function topologyOf({
  kind,
  shards,
  replicas,
  sentinels,
  password,
  users,
  memory,
  cpus,
  disk,
  zones,
  ...rest
}: RawScenario['topology']): TopologySpec {
  return {
    ...rest,
    kind,
    shards: kind === 'cluster' ? (shards ?? 3) : 1,
    replicas: replicas ?? (kind === 'sentinel' ? 2 : 1),
    ...(kind === 'sentinel' && {
      sentinels: sentinelsOf(sentinels),
    }),
    ...(password !== undefined && { password }),
    ...(users !== undefined && {
      users: Object.fromEntries(Object.entries(users).map(([name, user]) => [name, userOf(user)])),
    }),
    ...(memory !== undefined && { memory }),
    ...(cpus !== undefined && { cpus }),
    ...(disk !== undefined && { disk }),
    ...(zones !== undefined && { zones }),
  };
}

const userOf = ({ password, rules, for: purpose }: RawUser): UserSpec => ({
  password,
  ...(rules !== undefined && { rules }),
  ...(purpose !== undefined && { for: purpose }),
});
function sentinelsOf({
  count,
  quorum,
  down_after,
  failover_timeout,
  parallel_syncs,
}: RawScenario['topology']['sentinels']): SentinelSpec {
  return {
    count,
    quorum: quorum ?? Math.floor(count / 2) + 1,
    downAfter: down_after,
    failoverTimeout: failover_timeout,
    parallelSyncs: parallel_syncs,
  };
}

/** The topology of a scenario file, by itself. @throws when it is not valid. */
export const topologySpec = (written: Record<string, unknown>): TopologySpec =>
  topologyOf(scenarioFields.topology.parse(written));

function objectivesOf(value: unknown): { objectives: ObjectiveSpec[]; complaints: Complaint[] } {
  const objectives: ObjectiveSpec[] = [];
  const complaints: Complaint[] = [];
  for (const [name, written] of Object.entries(isMap(value) ? value : {})) {
    if (!Object.hasOwn(objectiveRegistry, name)) continue;
    const long = isMap(written);
    const limit = long ? written.limit : written;
    if (typeof limit !== 'string' && typeof limit !== 'boolean') continue;
    try {
      objectives.push({ ...parseObjective(name, String(limit)), optional: long && written.optional === true });
    } catch (error) {
      complaints.push({ path: ['objectives', name, ...(long ? ['limit'] : [])], message: messageOf(error) });
    }
  }
  return { objectives, complaints };
}

function scenarioOf(
  raw: RawScenario,
  topology: TopologySpec,
  timeline: FaultEntry[],
  recovery: ProcedureEntry[],
  objectives: ObjectiveSpec[],
): Scenario {
  const { name, title, description, handbook, severity, tags, workload, timeout, seed } = raw;
  const { wait, value_size, ...load } = workload;
  return {
    name,
    title: title ?? name,
    ...(description !== undefined && { description: description.trim() }),
    handbook,
    ...(severity !== undefined && { severity }),
    tags,
    topology,
    workload: { ...load, waitReplicas: wait.replicas, valueSize: value_size },
    timeline,
    recovery,
    objectives,
    ...(timeout !== undefined && { timeout }),
    ...(seed !== undefined && { seed }),
  };
}

/**
 * Turns checked data into a Scenario, part by part: a file with one bad entry still gets its other entries checked, so
 * that all its errors are shown at once.
 */
import { parseObjective } from '../assertions/parse.js';
import { messageOf } from '../core/errors.js';
import { traitsOf } from '../deployment/kinds.js';
import type { ObjectiveSpec } from '../recording/recording.js';
import { topologyKinds } from '../topology/kinds/index.js';
import { lowered } from '../topology/settings.js';
import type { TopologySpec, UserSpec } from '../topology/types.js';
import type { Placed } from './draft-entries.js';
import { draftEntries } from './draft-entries.js';
import type { Language } from './language.js';
import { isMap } from './merge.js';
import { type Complaint, complaintsOf, type Path, part, wording } from './problems.js';
import { type RawScenario, scenarioFields } from './schema.js';
import { unroll } from './steps/unroll.js';
import type { Scenario, ScenarioEntry } from './types.js';

type RawUser = NonNullable<RawScenario['topology']['users']>[string];

/** A scenario some of whose parts may be unusable. */
export interface Draft {
  /** As written, its loops unrolled. */
  raw: Record<string, unknown>;
  topology: TopologySpec | undefined;
  /** Top level entries by their index in the file; undefined for one that has errors itself. */
  timeline: (ScenarioEntry | undefined)[];
  recovery: (ScenarioEntry | undefined)[];
  /** Every entry that could be read, sequences and what is in them, with its place. */
  entries: Placed[];
  /** Where what stands at a path of `raw` was written. */
  origin(path: Path): Path;
  /** Every entry could be read. */
  whole: boolean;
  objectives: ObjectiveSpec[];
  timeout: number | undefined;
  /** Builds the scenario; only for a draft without complaints. */
  complete(): Scenario;
}

export function draftOf(data: unknown, language: Language): { draft: Draft; complaints: Complaint[] } {
  const whole = language.schema.safeParse(data, { error: wording });
  const complaints = whole.success ? [] : complaintsOf(whole.error);
  const { data: raw, origin, complaints: loops } = unroll(isMap(data) ? data : {});

  const entries = draftEntries(raw, language);
  const { objectives, complaints: unclear } = objectivesOf(raw.objectives, language.known.objectives);
  const topology = mapped(part(scenarioFields.topology, raw.topology), topologyOf);

  const draft: Draft = {
    raw,
    origin,
    topology,
    ...entries,
    objectives,
    timeout: part(scenarioFields.timeout, raw.timeout),
    complete: () =>
      scenarioOf(
        whole.data!,
        topology!,
        entries.timeline as ScenarioEntry[],
        entries.recovery as ScenarioEntry[],
        objectives,
      ),
  };
  return { draft, complaints: [...complaints, ...loops, ...placed(entries.complaints, origin), ...unclear] };
}

/** Complaints about unrolled loops, at the places that the file has. */
export const placed = (complaints: readonly Complaint[], origin: Draft['origin']): Complaint[] =>
  complaints.map((complaint) => ({ ...complaint, path: origin(complaint.path) }));

const mapped = <T, U>(value: T | undefined, use: (value: T) => U): U | undefined =>
  value === undefined ? undefined : use(value);

function topologyOf(written: RawScenario['topology']): TopologySpec {
  const { kind, shards, replicas, image, persistence, password, users, tls, images, config } = written;
  const { configs = {}, memory, cpus, disk, zones } = written;
  const { defaults, spec } = topologyKinds[kind];
  return {
    image,
    persistence,
    kind,
    shards: traitsOf(kind).hasSlots ? (shards ?? defaults.shards) : 1,
    ...replicasFrom(replicas ?? defaults.replicas),
    ...spec(written),
    ...(password !== undefined && { password }),
    ...(users !== undefined && {
      users: Object.fromEntries(Object.entries(users).map(([name, user]) => [name, userOf(user)])),
    }),
    ...(tls && { tls }),
    config: lowered(config),
    ...(Object.keys(configs).length > 0 && {
      configs: Object.fromEntries(Object.entries(configs).map(([who, own]) => [who, lowered(own)])),
    }),
    ...(images && Object.keys(images).length > 0 && { images }),
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
/** The topology of a scenario file, by itself. @throws when it is not valid. */
export const topologySpec = (written: Record<string, unknown>): TopologySpec =>
  topologyOf(scenarioFields.topology.parse(written));

/** A list of equal numbers is that number. */
function replicasFrom(written: number | number[]): Pick<TopologySpec, 'replicas' | 'perShard'> {
  if (typeof written === 'number') return { replicas: written };
  const replicas = Math.max(...written);
  return written.every((number) => number === replicas) ? { replicas } : { replicas, perShard: written };
}

function objectivesOf(
  value: unknown,
  known: readonly string[],
): { objectives: ObjectiveSpec[]; complaints: Complaint[] } {
  const objectives: ObjectiveSpec[] = [];
  const complaints: Complaint[] = [];
  for (const [name, written] of Object.entries(isMap(value) ? value : {})) {
    if (!known.includes(name)) continue;
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
  timeline: ScenarioEntry[],
  recovery: ScenarioEntry[],
  objectives: ObjectiveSpec[],
): Scenario {
  const { name, title, description, handbook, severity, tags, workload, timeout, seed } = raw;
  const { wait, value_size, replica_reads = 0, pubsub, ...load } = workload;
  return {
    name,
    title: title ?? name,
    ...(description !== undefined && { description: description.trim() }),
    handbook,
    ...(severity !== undefined && { severity }),
    tags,
    topology,
    workload: {
      ...load,
      waitReplicas: wait.replicas,
      valueSize: value_size,
      replicaReads: replica_reads,
      ...(pubsub && { pubsub }),
    },
    timeline,
    recovery,
    objectives,
    ...(timeout !== undefined && { timeout }),
    ...(seed !== undefined && { seed }),
  };
}

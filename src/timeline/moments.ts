/** The moments of a fail-over that the servers themselves show: first suspicion, agreement, election, promotion. */
import type { Recording, ViewChange } from '../workload/recording.js';
import type { Disturbance } from './incidents.js';
import type { LogFact } from './logs.js';
import type { Ownership } from './majority.js';
import type { Attempt, Election } from './predict.js';

export interface Moment {
  at: number;
  /** ± ms. */
  uncertainty: number;
  witness: string;
  note?: string;
}

/** A server log line is stamped to the millisecond; mapping its clock to ours costs a little more. */
const LOG_UNCERTAINTY = 2;

const fromLog = (fact: LogFact, note?: string): Moment => ({
  at: fact.t,
  uncertainty: LOG_UNCERTAINTY,
  witness: `server log of ${fact.node}`,
  ...(note === undefined ? {} : { note }),
});

const earliest = <T extends { at: number }>(items: readonly T[]): T | undefined =>
  items.reduce<T | undefined>((best, m) => (best === undefined || m.at < best.at ? m : best), undefined);
const latest = <T extends { at: number }>(items: readonly T[]): T | undefined =>
  items.reduce<T | undefined>((best, m) => (best === undefined || m.at > best.at ? m : best), undefined);

/** Everything that happened on nodes that can speak for the cluster, between the bite and the end of the episode. */
interface Scene {
  recording: Recording;
  ownership: Ownership;
  facts: readonly LogFact[];
  disturbance: Disturbance;
  from: number;
  to: number;
}

/**
 * Where the observers first saw a target's health turn. The change lies between two polls: its middle, ± half the distance.
 * Who held the target for failed already has not turned: that is an older story.
 */
function seen(
  { recording, ownership, disturbance, from, to }: Scene,
  about: string,
  healths: readonly string[],
): Moment | undefined {
  const held = new Map<string, string>();
  const turned = ({ node, opinions }: ViewChange): boolean => {
    const opinion = opinions.find((o) => o.about === about);
    if (!opinion) return false;
    const before = held.get(node) ?? 'ok';
    held.set(node, opinion.health);
    return healths.includes(opinion.health) && !healths.includes(before);
  };
  return earliest(
    recording.views.flatMap((v): Moment[] => {
      const turns = turned(v);
      if (
        v.t < from ||
        v.since > to ||
        v.node === about ||
        disturbance.targets.includes(v.node) ||
        ownership.cutOff(v.node, v.t)
      )
        return [];
      if (!turns) return [];
      return [{ at: (v.since + v.t) / 2, uncertainty: (v.t - v.since) / 2, witness: `observer on ${v.node}` }];
    }),
  );
}

function logged({ facts, ownership, from, to }: Scene, kinds: readonly LogFact['kind'][], about?: string): LogFact[] {
  return facts.filter(
    (f) =>
      kinds.includes(f.kind) &&
      f.t >= from &&
      f.t <= to &&
      (about === undefined || (f.about === about && f.node !== about)) &&
      !ownership.cutOff(f.node, f.t),
  );
}

export interface Failover {
  suspected?: Moment;
  agreed?: Moment;
  elected?: Moment;
  promoted?: Moment;
  /** The elections of the one that won last, by its log. */
  election: Election;
}

/**
 * With several targets at once the slowest decides: agreement, election and promotion are the last of the first ones.
 * A log line, where there is one, is more exact than an observer.
 */
export function failoverOf(
  recording: Recording,
  ownership: Ownership,
  facts: readonly LogFact[],
  disturbance: Disturbance,
): Failover {
  const { at, uncertainty, until, episode, targets } = disturbance;
  const slack = Math.max(uncertainty, 5);
  // The role change is seen by the next poll, after service may already be back.
  const to = (episode ? (episode.to ?? until) : until) + 2 * recording.workload.observeEvery;
  const scene: Scene = { recording, ownership, facts, disturbance, from: at - slack, to };

  const doubts = targets.flatMap((t) => {
    const log = logged(scene, ['suspected'], t)[0];
    const view = seen(scene, t, ['pfail', 'fail']);
    return [...(log ? [fromLog(log)] : []), ...(view ? [view] : [])];
  });
  const flags = targets.flatMap((t) => {
    const log = logged(scene, ['failed'], t)[0];
    const first = log ? fromLog(log) : seen(scene, t, ['fail']);
    return first ? [first] : [];
  });
  const agreed = latest(flags);
  // A FAIL message can reach a node before its own suspicion: the first flag is a suspicion too.
  const suspected = earliest([...doubts, ...flags]);

  const wins = logged(scene, ['elected']).filter((f) => !targets.includes(f.node) || recording.faults.length === 0);
  const won = wins.at(-1);
  const elected = won ? fromLog(won) : undefined;
  const promoted = latest(promotions(scene));
  return {
    ...(suspected && { suspected }),
    ...(agreed && { agreed }),
    ...(elected && { elected }),
    ...(promoted && { promoted }),
    election: won ? electionOf(scene, won, agreed) : {},
  };
}

/**
 * What led to a win, from the log of the winner: the elections it stood in, each with the delay that it announced, and how the
 * lost ones ended. With several shards at once the one that took longest may have known of its own primary before the rest
 * were agreed upon: its wait began then.
 */
function electionOf(
  { recording, ownership, disturbance, facts, from }: Scene,
  won: LogFact,
  agreed: Moment | undefined,
): Election {
  const { sentinels } = recording.topology;
  const before = facts.filter((f) => f.t >= from && f.t <= won.t);
  if (sentinels) {
    // Two candidates of one round give up at about the same time.
    const given = before.filter((f) => f.kind === 'expired').map((f) => f.t);
    const rounds = given.filter((t, i) => i === 0 || t - given[i - 1]! > sentinels.failoverTimeout);
    return { attempts: [...rounds.map(() => ({})), {}] };
  }
  const own = before.filter((f) => f.node === won.node);
  const attempts: Attempt[] = [];
  let announced: LogFact | undefined;
  for (const fact of own) {
    if (fact.kind === 'delayed') announced = fact;
    if (fact.kind === 'reset' && attempts.length > 0) attempts.at(-1)!.again = true;
    if (fact.kind !== 'election') continue;
    const { delay, rank } = announced?.numbers ?? {};
    attempts.push({ ...(delay !== undefined && { delay }), ...(rank !== undefined && { rank }) });
    announced = undefined;
  }
  const shard = recording.topology.nodes.find(({ name }) => name === won.node)?.shard;
  const flagged = own.find(
    (f) =>
      f.kind === 'failed' && recording.topology.nodes.some(({ name, shard: of }) => name === f.about && of === shard),
  );
  const head = flagged && agreed ? Math.max(0, agreed.at - flagged.t) : 0;
  const shards = leaderless(recording, ownership, disturbance).length;
  return { attempts, shards: Math.max(1, shards), ...(head > 0 && { head }) };
}

/** Shards whose primary it hit: those that are short of one only because the whole cluster refuses are not meant. */
export const leaderless = (
  { topology }: Recording,
  ownership: Ownership,
  { targets, at }: Pick<Disturbance, 'targets' | 'at'>,
): number[] =>
  topology.shards.map(({ shard }) => shard).filter((shard) => targets.includes(ownership.owner(shard, at - 1) ?? ''));

/** Replicas that came to hold themselves for primaries, by their own opinion. */
function promotions({ recording, ownership, from, to }: Scene): Moment[] {
  const roles = new Map(recording.topology.nodes.map((n) => [n.name, n.role]));
  const out: Moment[] = [];
  for (const v of recording.views) {
    const own = v.opinions.find((o) => o.about === v.node);
    if (!own) continue;
    const before = roles.get(v.node);
    roles.set(v.node, own.role);
    if (before !== 'replica' || own.role !== 'primary' || own.slots.length === 0) continue;
    if (v.t < from || v.since > to || ownership.cutOff(v.node, v.t)) continue;
    out.push({ at: (v.since + v.t) / 2, uncertainty: (v.t - v.since) / 2, witness: `observer on ${v.node}` });
  }
  return out;
}

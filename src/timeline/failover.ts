/** What the servers themselves show of a failover, and when: first suspicion, agreement, election, promotion. */

import type { Attempt, Election, Want } from '../deployment/failover-times.js';
import { traitsOf } from '../deployment/kinds.js';
import type { Recording, ViewChange } from '../recording/recording.js';
import type { Disturbance } from './incidents.js';
import type { LogFact } from './logs.js';
import { leaderless, lostShards, type Return, returnedLast } from './lost-shards.js';
import type { Ownership } from './ownership.js';

/** That something was so, by one witness. */
export interface Sighting {
  at: number;
  /** ± ms. */
  uncertainty: number;
  witness: string;
  note?: string;
}

/** A server log line is stamped to the millisecond; mapping its clock to ours costs a little more. */
const LOG_UNCERTAINTY = 2;

const fromLog = (fact: LogFact, note?: string): Sighting => ({
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
function firstTurned(
  { recording, ownership, disturbance, from, to }: Scene,
  about: string,
  healths: readonly string[],
): Sighting | undefined {
  const held = new Map<string, string>();
  const turned = ({ node, opinions }: ViewChange): boolean => {
    const opinion = opinions.find((o) => o.about === about);
    if (!opinion) return false;
    const before = held.get(node) ?? 'ok';
    held.set(node, opinion.health);
    return healths.includes(opinion.health) && !healths.includes(before);
  };
  return earliest(
    recording.views.flatMap((v): Sighting[] => {
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
  suspected?: Sighting;
  agreed?: Sighting;
  elected?: Sighting;
  promoted?: Sighting;
  /** The elections of the one that won last, by its log. */
  election: Election;
}

/**
 * Of several shards that lost their primary the recovery is that of the one that was led again last: all moments are of this
 * one. Who else fell silent was suspected at another time.
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

  const shardOf = new Map(recording.topology.nodes.map(({ name, shard }) => [name, shard]));
  // Sentinels are of no shard, and speak of the only one there is.
  const ofShard = (node: string, shard: number): boolean =>
    !traitsOf(recording.topology.kind).hasSlots || shardOf.get(node) === shard;
  const wins = logged(scene, ['elected']).filter((f) => !targets.includes(f.node) || recording.faults.length === 0);
  const risen = promotions(scene);
  const returns = lostShards(recording, ownership, disturbance).map(({ shard, primary }): Return => {
    const won = wins.findLast(({ node }) => ofShard(node, shard));
    const promoted = latest(risen.filter(({ node }) => ofShard(node, shard)));
    return { shard, primary, led: won?.t ?? promoted?.at };
  });
  const told = returnedLast(returns, recording, disturbance);
  const about = told ? [told.primary] : targets;
  const mine = (node: string): boolean => told === undefined || ofShard(node, told.shard);

  const doubts = about.flatMap((t) => {
    const log = logged(scene, ['suspected'], t)[0];
    const view = firstTurned(scene, t, ['pfail', 'fail']);
    return [...(log ? [fromLog(log)] : []), ...(view ? [view] : [])];
  });
  const flags = about.flatMap((t) => {
    const log = logged(scene, ['failed'], t)[0];
    const first = log ? fromLog(log) : firstTurned(scene, t, ['fail']);
    return first ? [first] : [];
  });
  const agreed = latest(flags);
  // A FAIL message can reach a node before its own suspicion: the first flag is a suspicion too.
  const suspected = earliest([...doubts, ...flags]);

  const won = wins.findLast(({ node }) => mine(node));
  const promoted = latest(risen.filter(({ node }) => mine(node)).map(({ node: _, ...moment }) => moment));
  const want = suspected && agreed && wantOf(ownership, at, suspected, agreed);
  return {
    ...(suspected && { suspected }),
    ...(agreed && { agreed }),
    ...(won && { elected: fromLog(won) }),
    ...(promoted && { promoted }),
    election: { ...(won && electionOf(scene, won)), want },
  };
}

/** Was there a majority between the suspicion and the agreement all the time? */
function wantOf(ownership: Ownership, at: number, suspected: Sighting, agreed: Sighting): Want | undefined {
  const again = ownership.enoughAgain(suspected.at, agreed.at);
  return (
    again && {
      waited: Math.max(0, again.after - suspected.at),
      within: again.by - again.after,
      until: again.by - at,
    }
  );
}

/** What led to a win, from the log of the winner: the elections it stood in, each with the delay that it announced, and how the lost ones ended. */
function electionOf({ recording, ownership, disturbance, facts, from }: Scene, won: LogFact): Election {
  const { sentinels } = recording.topology;
  const before = facts.filter((f) => f.t >= from && f.t <= won.t);
  if (sentinels) {
    // Two candidates of one round give up at about the same time.
    const given = before.filter((f) => f.kind === 'expired').map((f) => f.t);
    const rounds = given.filter((t, i) => i === 0 || t - given[i - 1]! > sentinels.failoverTimeout);
    return { attempts: [...rounds.map(() => ({})), {}] };
  }
  const attempts: Attempt[] = [];
  let announced: LogFact | undefined;
  for (const fact of before.filter((f) => f.node === won.node)) {
    if (fact.kind === 'delayed') announced = fact;
    if (fact.kind === 'reset' && attempts.length > 0) attempts.at(-1)!.again = true;
    if (fact.kind !== 'election') continue;
    const { delay, rank } = announced?.numbers ?? {};
    attempts.push({ ...(delay !== undefined && { delay }), ...(rank !== undefined && { rank }) });
    announced = undefined;
  }
  return { attempts, shards: Math.max(1, leaderless(recording, ownership, disturbance).length) };
}

/** Replicas that came to hold themselves for primaries, by their own opinion. */
function promotions({ recording, ownership, from, to }: Scene): (Sighting & { node: string })[] {
  const roles = new Map(recording.topology.nodes.map((n) => [n.name, n.role]));
  const out: (Sighting & { node: string })[] = [];
  for (const v of recording.views) {
    const own = v.opinions.find((o) => o.about === v.node);
    if (!own) continue;
    const before = roles.get(v.node);
    roles.set(v.node, own.role);
    if (before !== 'replica' || own.role !== 'primary' || own.slots.length === 0) continue;
    if (v.t < from || v.since > to || ownership.cutOff(v.node, v.t)) continue;
    out.push({
      node: v.node,
      at: (v.since + v.t) / 2,
      uncertainty: (v.t - v.since) / 2,
      witness: `observer on ${v.node}`,
    });
  }
  return out;
}

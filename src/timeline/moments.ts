/** The moments of a fail-over that the servers themselves show: first suspicion, agreement, election, promotion. */
import type { Recording, ViewChange } from '../workload/recording.js';
import type { Disturbance } from './incidents.js';
import type { LogFact } from './logs.js';
import type { Ownership } from './majority.js';

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
  /** From the winner's log. */
  rank?: number;
  delay?: number;
  /** Elections that it started and did not win. */
  lost: number;
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
  const announced =
    won && facts.filter((f) => f.kind === 'delayed' && f.node === won.node && f.t <= won.t && f.t >= scene.from).at(-1);
  const starts = won
    ? facts.filter((f) => f.kind === 'election' && f.node === won.node && f.t <= won.t && f.t >= scene.from).length
    : 0;
  const promoted = latest(promotions(scene));
  return {
    ...(suspected && { suspected }),
    ...(agreed && { agreed }),
    ...(elected && { elected }),
    ...(promoted && { promoted }),
    ...(announced?.numbers.rank !== undefined && { rank: announced.numbers.rank }),
    ...(announced?.numbers.delay !== undefined && { delay: announced.numbers.delay }),
    lost: Math.max(0, starts - 1),
  };
}

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

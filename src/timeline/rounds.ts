/**
 * Elections of several shards, told apart in rounds. Shards that lose their primaries at once stand for election at about the same
 * time and take votes from each other: an epoch is voted in once by each primary. Who loses stands again after a wait that the server's
 * rules fix, so elections come in waves. A shard's first election, with what it holds at once after it, is its first round.
 *
 * Counter-example to counting waves by the clock: a shard that is agreed upon late stands for the first time when others stand for
 * the second.
 */

import { majorityOf } from '../deployment/electorate.js';
import { nextElection, type Range, type ServerRules } from '../deployment/failover-times.js';
import { traitsOf } from '../deployment/kinds.js';
import type { Recording } from '../recording/recording.js';
import type { LogFact } from './logs.js';
import { measuringEnd } from './measured.js';
import type { LostElection, Round } from './types.js';

/** A replica that stood for election in one epoch, and what the voters said. */
interface Candidacy {
  at: number;
  /** When it was to stand, by the delay that it had announced: the next wait counts from here. A busy server stands later. */
  due: number;
  node: string;
  shard: number;
  epoch: number;
  rank: number;
  /** The one that it had announced, in ms. */
  delay: number | undefined;
  won: boolean;
  /** It gave up at once because it could not win, and stood again. */
  again: boolean;
  /** Primaries that voted for it, that had voted for another one in this epoch, and that knew of a later epoch. */
  votes: Set<string>;
  taken: Set<string>;
  late: Set<string>;
}

/** A stamp in a log is right to about 2 ms, and a server looks ten times a second. */
const STAMP = 5;

export function roundsOf(
  recording: Recording,
  facts: readonly LogFact[],
  rules: ServerRules,
  { from, to }: { from: number; to: number },
): Round[] {
  const { topology } = recording;
  if (traitsOf(topology.kind).arbiter !== 'majority of primaries') return [];
  const all = candidacies(recording, facts, from, to);
  const needed = majorityOf(topology.shards.length);
  const wave = nextElection(rules).wait / 2;
  const rounds: Candidacy[][] = [];
  const last = new Map<number, { at: number; round: number }>();
  for (const one of all) {
    const before = last.get(one.shard);
    const round = before === undefined ? 0 : one.at - before.at > wave ? before.round + 1 : before.round;
    last.set(one.shard, { at: one.at, round });
    rounds[round] ??= [];
    rounds[round].push(one);
  }
  const end = Math.min(to, measuringEnd(recording));
  return rounds.map((mine, i): Round => {
    const won = [...new Set(mine.filter((one) => one.won).map(({ shard }) => shard))].sort((a, b) => a - b);
    const stood = new Set(mine.map(({ shard }) => shard));
    const lost = [...stood]
      .filter((shard) => !won.includes(shard))
      .sort((a, b) => a - b)
      .map((shard) => lostBy(mine.filter((one) => one.shard === shard).at(-1)!, all, needed, end - rules.nodeTimeout))
      .map((one) => ({ ...one, ...barredAfter(one, all, facts, to) }));
    const predicted = i === 0 ? undefined : predictedFrom(rounds[i - 1]!, mine, rules);
    return {
      from: mine[0]!.at,
      to: mine.at(-1)!.at,
      stood: stood.size,
      elections: mine.length,
      won,
      lost,
      ...predicted,
    };
  });
}

/** Everybody who stood, in order of time. */
function candidacies({ topology }: Recording, facts: readonly LogFact[], from: number, to: number): Candidacy[] {
  const shards = new Map(topology.nodes.map(({ name, shard }) => [name, shard]));
  const all: Candidacy[] = [];
  const latest = new Map<string, Candidacy>();
  const announced = new Map<string, { rank: number; delay?: number; due: number }>();
  const of = (node: string | undefined, epoch: number | undefined): Candidacy | undefined => {
    const one = latest.get(node ?? '');
    return epoch === undefined || one?.epoch === epoch
      ? one
      : all.findLast((other) => other.node === node && other.epoch === epoch);
  };
  for (const { t, node, kind, about, numbers } of facts) {
    if (t < from || t > to) continue;
    if (kind === 'delayed')
      announced.set(node, {
        rank: numbers.rank ?? 0,
        ...(numbers.delay !== undefined && { delay: numbers.delay }),
        due: t + (numbers.delay ?? 0),
      });
    else if (kind === 'election') {
      const { rank, delay, due } = announced.get(node) ?? { rank: 0, due: t };
      const one: Candidacy = {
        at: t,
        due: Math.min(t, due),
        node,
        shard: shards.get(node) ?? 0,
        epoch: numbers.epoch ?? 0,
        rank,
        delay,
        won: false,
        again: false,
        votes: new Set(),
        taken: new Set(),
        late: new Set(),
      };
      latest.set(node, one);
      all.push(one);
    } else if (kind === 'elected') {
      const one = latest.get(node);
      if (one) one.won = true;
    } else if (kind === 'reset') {
      const one = latest.get(node);
      if (one) one.again = true;
    } else if (kind === 'vote') of(about, numbers.epoch)?.votes.add(node);
    else if (kind === 'denied') {
      const { epoch, asked } = numbers;
      if (epoch !== undefined) of(about, epoch)?.taken.add(node);
      else if (asked !== undefined) of(about, asked)?.late.add(node);
    }
  }
  return all;
}

/** @param young who stood after it may be elected yet. */
function lostBy(
  { at, node, shard, epoch, votes, taken, late }: Candidacy,
  all: readonly Candidacy[],
  needed: number,
  young: number,
): LostElection {
  const told = { shard, node, at, epoch, votes: votes.size, needed };
  // Clocks differ, and a vote may be written down before the question.
  const rivals = all.filter((one) => one.epoch === epoch && one.shard !== shard);
  const rival = rivals.sort((a, b) => b.votes.size - a.votes.size)[0];
  const to = rival && { to: rival.shard };
  if (votes.size < needed && (taken.size > 0 || late.size > 0))
    return taken.size >= late.size ? { ...told, why: 'epoch taken', ...to } : { ...told, why: 'too late' };
  if (at > young) return { ...told, why: 'not decided' };
  return { ...told, why: votes.size >= needed ? 'too late' : 'not enough votes' };
}

/** The link to its primary has been down for too long, and it never stood again. */
function barredAfter(
  { node, at }: LostElection,
  all: readonly Candidacy[],
  facts: readonly LogFact[],
  to: number,
): Pick<LostElection, 'barred'> {
  if (all.some((one) => one.node === node && one.at > at)) return {};
  const barred = facts.find((fact) => fact.kind === 'barred' && fact.node === node && fact.t > at && fact.t <= to);
  return barred ? { barred: barred.t } : {};
}

/** When those who had lost were to stand again, by the server's rules, and whether they did. */
function predictedFrom(
  before: readonly Candidacy[],
  now: readonly Candidacy[],
  rules: ServerRules,
): Pick<Round, 'predicted' | 'fit'> {
  const due = now.flatMap(({ node, at, rank, delay }): { at: number; range: Range }[] => {
    const lost = before.findLast((one) => one.node === node);
    if (!lost) return [];
    const { min, max, rule } = nextElection(rules, rank, delay);
    return [{ at, range: { min: lost.due + min, max: lost.at + max, rule } }];
  });
  // Of those that stood more often in this round only the first time was due.
  const first = due.filter(({ range }, i) => due.findIndex((other) => other.range.min === range.min) === i);
  if (first.length === 0) return {};
  const late = first.some(({ at, range }) => at - STAMP > range.max);
  const early = first.some(({ at, range }) => at + STAMP < range.min);
  return {
    predicted: {
      min: Math.min(...first.map(({ range }) => range.min)),
      max: Math.max(...first.map(({ range }) => range.max)),
      rule: first[0]!.range.rule,
    },
    fit: late ? 'late' : early ? 'early' : 'in range',
  };
}

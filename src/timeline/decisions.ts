/**
 * What those who decide have decided in the course of a drill, by the rule that holds for the living too (deployment/electorate.ts).
 *
 * What was once decided stands until something else is: losing the majority changes no owner. A node that a fault cuts off is not
 * heard by the others, whatever it tells the observer.
 */

import { elected, electorateOf, hasFailed, isQuorate } from '../deployment/electorate.js';
import { watches } from '../deployment/roles.js';
import type { Law, SlotRange } from '../deployment/types.js';
import type { Recording, ViewChange } from '../recording/recording.js';
import { Course, lastAt } from './course.js';
import { Quorate } from './quorate.js';
import { type Claim, noteClaim } from './reigns.js';
import { type News, RememberedBallot } from './remembered.js';

export interface Decisions {
  /** By part: its owner. */
  owners: readonly Course<string | undefined>[];
  /** By node. */
  failed: ReadonlyMap<string, Course<boolean>>;
  /** When there were enough to hold a node for failed. */
  quorate: Quorate;
  /** By node and part: what the node said of itself. */
  own: ReadonlyMap<string, readonly OwnWord[]>;
  cutOff(node: string, t: number): boolean;
}

/** What a node says of itself and one part. */
export interface OwnWord {
  leads: Course<boolean>;
  imports: Course<boolean>;
  claims: Claim[];
}

interface Change {
  t: number;
  view?: ViewChange;
}

/** @param parts what is decided on: slots of a shard, or a single slot. @param initial the owner of each part before anybody said a word. */
export function decisionsIn(
  recording: Recording,
  parts: readonly SlotRange[][],
  initial: readonly (string | undefined)[],
): Decisions {
  const { nodes } = recording.topology;
  const law = lawOf(recording);
  const owners = initial.map((owner) => new Course(owner));
  const failed = new Map(nodes.map(({ name }) => [name, new Course<boolean>(false)]));
  const own = new Map(nodes.map(({ name }) => [name, parts.map(silent)]));
  const quorate = new Quorate();
  const { cuts, cutOff } = cutsIn(recording);
  let now = 0;
  const offsetOf = offsetsIn(recording);
  const ballots = new Map(
    nodes.map(({ name }) => [name, new RememberedBallot(name, parts.length, law, () => offsetOf(name, now))]),
  );
  let electorate = electorateOf<RememberedBallot>([], law);
  let counted = '';
  let news = nothing;
  const changes = changesIn(recording, cuts);
  for (const [i, { t, view }] of changes.entries()) {
    now = t;
    const since = view?.since ?? t;
    const ballot = view && ballots.get(view.node);
    if (view && !ballot) continue;
    if (view && ballot) {
      news = bothOf(news, ballot.learn(view, parts));
      noteOwn(own.get(ballot.node) ?? [], ballot, view);
    }
    // What one look has shown may stand in two records, and half of it is nothing that the node has said.
    const next = changes[i + 1];
    if (view && next?.t === t && next.view?.node === view.node) continue;
    for (const { node } of cuts) ballots.get(node)?.cut(cutOff(node, t));
    if (news.standing || cuts.length > 0) electorate = electorateOf(ballots.values(), law);
    const { voters, toElect, toFail } = electorate;
    quorate.note(isQuorate(electorate), since, t);
    // Of N nodes each speaks of N others, and nearly always says of them what it said before: only what is new is counted again.
    const who = `${toElect} of ${voters.map(({ node }) => node).join()}`;
    const all = who !== counted;
    counted = who;
    if (voters.length >= toElect)
      for (const part of all ? parts.keys() : news.parts) {
        const owner = elected(electorate, ({ votes }) => votes[part]);
        if (owner !== undefined) owners[part]!.push(t, owner);
      }
    if (voters.length >= toFail)
      for (const name of all ? failed.keys() : news.about) {
        const has = hasFailed(electorate, name);
        // The flag may be gone since the poll before: an OK in between must not be held against the node.
        failed.get(name)?.push(has ? t : since, has);
      }
    news = nothing;
  }
  return { owners, failed, quorate, own, cutOff };
}

const nothing: News = { standing: false, parts: [], about: [] };

const bothOf = (a: News, b: News): News =>
  a === nothing
    ? b
    : {
        standing: a.standing || b.standing,
        parts: [...new Set([...a.parts, ...b.parts])],
        about: [...new Set([...a.about, ...b.about])],
      };

const silent = (): OwnWord => ({ leads: new Course<boolean>(false), imports: new Course<boolean>(false), claims: [] });

/** It may have come to hold itself for the owner at any time since the poll before. */
function noteOwn(words: readonly OwnWord[], ballot: RememberedBallot, { since, t }: ViewChange): void {
  words.forEach(({ leads, imports, claims }, part) => {
    const [mine, importing] = [ballot.claims(part), ballot.imports[part]!];
    noteClaim(claims, { since, t, reachable: ballot.answers }, mine);
    leads.push(mine ? since : t, mine);
    imports.push(importing ? since : t, importing);
  });
}

/** By which rule this deployment decides. */
export function lawOf({ topology: { kind, nodes, sentinels } }: Recording): Law {
  const names = new Set(nodes.filter(watches).map(({ name }) => name));
  return { kind: kind as Law['kind'], sentinels: sentinels && { names, quorum: sentinels.quorum } };
}

interface Cut {
  node: string;
  from: number;
  to: number;
}

function cutsIn({ faults }: Recording): { cuts: Cut[]; cutOff: Decisions['cutOff'] } {
  const cuts = faults.flatMap(({ effective, cutOff, healed, healedAt }) =>
    effective
      ? cutOff.map((node) => ({
          node,
          from: effective.at,
          to: healed?.[node] ?? healedAt ?? Number.POSITIVE_INFINITY,
        }))
      : [],
  );
  return { cuts, cutOff: (node, t) => cuts.some((cut) => cut.node === node && cut.from <= t && t <= cut.to) };
}

/** Cutting a node off, and healing it, takes or gives a vote without any view changing. */
const changesIn = ({ views }: Recording, cuts: readonly Cut[]): Change[] =>
  [
    ...views.map((view): Change => ({ t: view.t, view })),
    ...cuts.flatMap(({ from, to }) => [from, to].filter(Number.isFinite).map((t): Change => ({ t }))),
  ].sort((a, b) => a.t - b.t);

/** How far a node's data went, by the last sample of it. Only looked up where two claims are otherwise the same. */
function offsetsIn({ samples, topology }: Recording): (node: string, t: number) => number {
  const rows = new Map<string, number[]>();
  const rowsOf = (node: string): number[] => {
    const index = topology.nodes.findIndex(({ name }) => name === node);
    const found = [...samples.column('node').entries()].flatMap(([row, of]) => (of === index ? [row] : []));
    rows.set(node, found);
    return found;
  };
  return (node, t) => {
    const mine = rows.get(node) ?? rowsOf(node);
    const times = samples.column('t');
    const last = mine[lastAt(mine.length, (i) => times[mine[i]!]!, t)];
    return last === undefined ? 0 : samples.at(last, 'offset');
  };
}

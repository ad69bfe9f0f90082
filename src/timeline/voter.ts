/** One node's picture of the cluster, as far as votes go: what it says of whom, put together from one look after the other. */

import type { Opinion, SlotRange } from '../deployment/types.js';
import type { ViewChange } from '../recording/recording.js';
import { lastAt } from './steps.js';

/** What a look at a node has changed: whom it holds for the owner of which parts, and whom it holds for failed. */
export interface News {
  parts: readonly number[];
  about: readonly string[];
}

/** One node's picture of the cluster, as far as votes go. */
export class Voter {
  reachable = false;
  isPrimary = false;
  /** How many primaries have slots, by its table. */
  size = 0;
  /** Of its own claim. */
  epoch = 0;
  readonly failed = new Set<string>();
  /** By part: whom it holds for the owner. */
  readonly votes: (string | undefined)[];
  /** By part: does it import a slot of it? */
  readonly imports: boolean[];
  private readonly opinions = new Map<string, Opinion>();

  constructor(
    readonly node: string,
    parts: number,
  ) {
    this.votes = new Array(parts).fill(undefined);
    this.imports = new Array(parts).fill(false);
  }

  learn(view: ViewChange, parts: readonly SlotRange[][]): News {
    this.reachable = view.reachable;
    const about: string[] = [];
    let claims = false;
    for (const opinion of view.opinions) {
      const before = this.opinions.get(opinion.about);
      this.opinions.set(opinion.about, opinion);
      claims ||= !before || !isSameClaim(before, opinion);
      if (this.failed.has(opinion.about) === (opinion.health === 'fail')) continue;
      about.push(opinion.about);
      if (opinion.health === 'fail') this.failed.add(opinion.about);
      else this.failed.delete(opinion.about);
    }
    return { parts: claims ? this.count(parts) : [], about };
  }

  /** @returns the parts that may have another owner by it now. */
  private count(parts: readonly SlotRange[][]): number[] {
    const epoch = this.epoch;
    const primaries = [...this.opinions.values()].filter((o) => o.role === 'primary' && o.slots.length > 0);
    this.size = primaries.length;
    this.isPrimary = primaries.some((o) => o.about === this.node);
    this.epoch = this.opinions.get(this.node)?.epoch ?? 0;
    const imported = (this.opinions.get(this.node)?.open ?? []).flatMap((text): SlotRange[] => {
      const slot = /^\[(\d+)-<-/.exec(text)?.[1];
      return slot === undefined ? [] : [[Number(slot), Number(slot)]];
    });
    const changed: number[] = [];
    const held = rangesOf(primaries);
    parts.forEach((slots, i) => {
      const vote = most(sharing(held, slots), (o) => common(o.slots, slots))?.about;
      if (vote !== this.votes[i] || epoch !== this.epoch) changed.push(i);
      this.votes[i] = vote;
      this.imports[i] = common(imported, slots) > 0;
    });
    return changed;
  }
}

/** Who has which slots, in order of the slots. */
function rangesOf(primaries: readonly Opinion[]) {
  const ranges = primaries
    .flatMap((owner, order) => owner.slots.map(([first, last]) => ({ first, last, owner, order })))
    .sort((a, b) => a.first - b.first);
  return { ranges, overlap: ranges.some(({ first }, i) => i > 0 && first <= ranges[i - 1]!.last) };
}

/** Those who have any of these slots, in the order in which they are known: of sixty it is one, nearly always. */
function sharing({ ranges, overlap }: ReturnType<typeof rangesOf>, slots: readonly SlotRange[]): Opinion[] {
  const found = slots.flatMap(([first, last]) => {
    // Where ranges of one table overlap, those before may reach here too.
    const from = overlap
      ? 0
      : Math.max(
          0,
          lastAt(ranges.length, (i) => ranges[i]!.first, first),
        );
    const out: typeof ranges = [];
    for (let i = from; i < ranges.length && ranges[i]!.first <= last; i++)
      if (ranges[i]!.last >= first) out.push(ranges[i]!);
    return out;
  });
  return [...new Set(found.sort((a, b) => a.order - b.order).map(({ owner }) => owner))];
}

/** Who is primary of what, since when, and with what open: nothing else of an opinion has a say in who owns what. */
const isSameClaim = (a: Opinion, b: Opinion): boolean =>
  a.role === b.role &&
  a.epoch === b.epoch &&
  (a.open ?? []).join() === (b.open ?? []).join() &&
  a.slots.length === b.slots.length &&
  a.slots.every(([first, last], i) => first === b.slots[i]![0] && last === b.slots[i]![1]);

/** The item with the highest positive score, the first of equals. */
export function most<T>(items: readonly T[], score: (item: T) => number): T | undefined {
  let best: T | undefined;
  let high = 0;
  for (const item of items) {
    const n = score(item);
    if (n > high) [best, high] = [item, n];
  }
  return best;
}

/** How many slots two lists of ranges share. */
function common(a: readonly SlotRange[], b: readonly SlotRange[]): number {
  let n = 0;
  for (const [a0, a1] of a) for (const [b0, b1] of b) n += Math.max(0, Math.min(a1, b1) - Math.max(a0, b0) + 1);
  return n;
}

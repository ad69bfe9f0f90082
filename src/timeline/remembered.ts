/** One node's ballot as a recording tells it: put together from one change of its view after the other. */

import { claimsIn, ownerOfMost } from '../deployment/claims.js';
import { type Ballot, weightOf } from '../deployment/electorate.js';
import { parseOpen } from '../deployment/open-slots.js';
import { inRanges } from '../deployment/slots.js';
import type { Law, Opinion, SlotRange } from '../deployment/types.js';
import type { ViewChange } from '../recording/recording.js';

/** What a change of its view means for decisions. */
export interface News {
  /** Has it gained or lost its vote, or does it know of another number of primaries? */
  standing: boolean;
  /** The parts of which it holds another node for the owner, or somebody in another epoch. */
  parts: readonly number[];
  /** Those against whom it holds something new. */
  about: readonly string[];
}

export class RememberedBallot implements Ballot {
  /** It answers, and has its data. */
  answers = false;
  leads = false;
  size = 0;
  readonly against = new Map<string, number>();
  /** By part: whom it holds for the owner. */
  readonly votes: (string | undefined)[];
  /** By part: does it import a slot of it? */
  readonly imports: boolean[];
  private cutOff = false;
  private readonly opinions = new Map<string, Opinion>();

  constructor(
    readonly node: string,
    parts: number,
    private readonly law: Law,
    readonly offset: () => number,
  ) {
    this.votes = new Array(parts).fill(undefined);
    this.imports = new Array(parts).fill(false);
  }

  get heard(): boolean {
    return this.answers && !this.cutOff;
  }

  /** Is it out of reach of the others, as far as the drill knows? */
  cut(off: boolean): void {
    this.cutOff = off;
  }

  epochOf(name: string): number {
    return this.opinions.get(name)?.epoch ?? 0;
  }

  /** Does it answer, and hold itself for the owner of this part? */
  claims(part: number): boolean {
    return this.answers && this.votes[part] === this.node;
  }

  learn(view: ViewChange, parts: readonly SlotRange[][]): News {
    const before = this.standing();
    this.answers = view.reachable && view.loading !== true && view.runId !== '';
    const about: string[] = [];
    let claims = false;
    let epochs = false;
    for (const opinion of view.opinions) {
      const last = this.opinions.get(opinion.about);
      this.opinions.set(opinion.about, opinion);
      claims ||= !last || !isSameClaim(last, opinion);
      epochs ||= (last?.epoch ?? 0) !== opinion.epoch;
      const weight = weightOf(opinion, this.law);
      if (weight === (this.against.get(opinion.about) ?? 0)) continue;
      about.push(opinion.about);
      if (weight > 0) this.against.set(opinion.about, weight);
      else this.against.delete(opinion.about);
    }
    for (const name of view.gone ?? []) {
      this.opinions.delete(name);
      if (this.against.delete(name)) about.push(name);
      claims = true;
      epochs = true;
    }
    const changed = claims ? this.count(parts) : [];
    // Of two candidates that are as good as each other the epoch decides, in whosever table it stands.
    return { standing: this.standing() !== before, parts: epochs ? [...parts.keys()] : changed, about };
  }

  private standing(): string {
    return `${this.answers} ${this.leads} ${this.size}`;
  }

  /** @returns the parts that have another owner by it now. */
  private count(parts: readonly SlotRange[][]): number[] {
    const self = this.opinions.get(this.node);
    const held = claimsIn(this.opinions);
    this.size = held.size;
    this.leads = self !== undefined && self.role === 'primary' && self.slots.length > 0;
    const open = (self?.open ?? []).flatMap((text) => parseOpen(text) ?? []);
    const imported = open.filter(({ state }) => state === 'importing');
    const changed: number[] = [];
    parts.forEach((slots, part) => {
      const vote = ownerOfMost(held, slots);
      if (vote !== this.votes[part]) changed.push(part);
      this.votes[part] = vote;
      this.imports[part] = imported.some(({ slot }) => inRanges(slot, slots));
    });
    return changed;
  }
}

/** Who is primary of what, since when, and with what open: nothing else of an opinion has a say in who owns what. */
const isSameClaim = (a: Opinion, b: Opinion): boolean =>
  a.role === b.role &&
  a.epoch === b.epoch &&
  (a.open ?? []).join() === (b.open ?? []).join() &&
  a.slots.length === b.slots.length &&
  a.slots.every(([first, last], i) => first === b.slots[i]![0] && last === b.slots[i]![1]);

/**
 * Loops, before anything is checked: `repeat` and `each` become the steps they stand for, so that every round is checked as if
 * it were written out. A complaint about a round is told of the place it was written at.
 *
 *   { at, repeat: 2, steps: [a, b] }  →  { at, repeat: 2, steps: [{ steps: [a, b] }, { steps: [a, b] }] }
 */
import { ownsWithin } from '../entries.js';
import { isMap, wordOf } from '../merge.js';
import type { Complaint, Path } from '../problems.js';
import { replaceNames } from './values.js';

type Data = Record<string, unknown>;

/** More rounds than this make a file that nobody meant; of loops within loops the product counts. */
const MOST_ROUNDS = 500;
/** Entries that a file may have when its loops are written out. */
const MOST_ENTRIES = 2000;
/** Levels of steps within steps. */
const DEEPEST = 20;

export interface Unrolled {
  data: Data;
  /** Where what stands at this path now was written. */
  origin(path: Path): Path;
  complaints: Complaint[];
}

export function unroll(data: Data): Unrolled {
  const unroller = new Unroller();
  const unrolled = { ...data };
  const lists = (['timeline', 'recovery'] as const).filter((list) => Array.isArray(data[list]));
  const entriesOf = (list: string): unknown[] => data[list] as unknown[];
  // What is too much is refused before it is written out.
  if (unroller.fits(lists.flatMap((list) => entriesOf(list).map((entry, i) => ({ entry, at: [list, i] })))))
    for (const list of lists) unrolled[list] = entriesOf(list).map((entry, i) => unroller.expand(entry, [list, i]));
  return { data: unrolled, origin: (path) => unroller.originIn(unrolled, path), complaints: unroller.complaints };
}

/** What belongs to the loop as a whole, and not to each of its rounds. */
const ofTheLoop = ['id', 'at', 'when', 'repeat', 'each'];

/** Keys that mean something to the rounds of a sequence; whatever else was written there is the loop's own, right or wrong. */
const ofTheRounds = ['steps', 'on'];

interface Round {
  number: number;
  item?: unknown;
}

class Unroller {
  readonly complaints: Complaint[] = [];
  private readonly origins = new WeakMap<object, Path>();

  /** Counts what the loops make without making it: every level of nesting multiplies. */
  fits(entries: readonly { entry: unknown; at: Path }[]): boolean {
    let [rounds, made] = [0, 0];
    const count = (entry: unknown, at: Path, times: number, depth: number): Complaint | undefined => {
      if (!isMap(entry)) return undefined;
      const own = roundsIn(entry);
      const loop = own !== undefined && own > 0 ? own : 1;
      rounds += own === undefined ? 0 : own * times;
      made += loop * times;
      const where = [...at, ...(entry.each !== undefined ? ['each'] : entry.repeat !== undefined ? ['repeat'] : [])];
      if (rounds > MOST_ROUNDS)
        return {
          path: where,
          message: `the loops of a file may have ${MOST_ROUNDS} rounds together, each as often as what it stands in`,
        };
      if (made > MOST_ENTRIES)
        return { path: where, message: `a file may have ${MOST_ENTRIES} entries, its loops written out` };
      if (depth > DEEPEST) return { path: at, message: `steps may stand within steps to ${DEEPEST} levels` };
      for (const key of ['steps', 'choose'])
        for (const [i, step] of (Array.isArray(entry[key]) ? entry[key] : []).entries()) {
          const problem = count(step, [...at, key, i], times * loop, depth + 1);
          if (problem) return problem;
        }
      return undefined;
    };
    for (const { entry, at } of entries) {
      const problem = count(entry, at, 1, 1);
      if (!problem) continue;
      this.complaints.push(problem);
      return false;
    }
    return true;
  }

  /** From the inside out: an inner loop keeps the names of its own rounds. */
  expand(entry: unknown, at: Path): unknown {
    if (!isMap(entry)) return entry;
    const copy: Data = { ...entry };
    this.origins.set(copy, at);
    for (const key of ['steps', 'choose'])
      if (Array.isArray(entry[key])) {
        const list = entry[key].map((step, i) => this.expand(step, [...at, key, i]));
        this.origins.set(list, [...at, key]);
        copy[key] = list;
      }
    const rounds = this.roundsOf(entry, at);
    return rounds ? this.loop(copy, rounds, at) : copy;
  }

  originIn(data: Data, path: Path): Path {
    let value: unknown = data;
    let base: Path = [];
    let rest = 0;
    for (const [i, key] of path.entries()) {
      value = Array.isArray(value) ? value[Number(key)] : isMap(value) ? value[key] : undefined;
      const known = typeof value === 'object' && value !== null ? this.origins.get(value) : undefined;
      if (known) [base, rest] = [known, i + 1];
    }
    return [...base, ...path.slice(rest)];
  }

  private roundsOf({ repeat, each }: Data, at: Path): Round[] | undefined {
    if (repeat === undefined && each === undefined) return undefined;
    if (repeat !== undefined && each !== undefined) {
      this.complaints.push({
        path: [...at, 'each'],
        message:
          'an entry is carried out "repeat" times or for "each", not both; put the one into "steps" of the other',
        atKey: true,
      });
      return undefined;
    }
    const items: unknown[] = Array.isArray(each) ? each : Array.from({ length: roundsIn({ repeat }) ?? 0 });
    // Without a single round there is something wrong with the loop, which the schema says.
    if (items.length === 0) return undefined;
    return items.map((item, i) => ({ number: i + 1, ...(each !== undefined && { item }) }));
  }

  private loop(entry: Data, rounds: readonly Round[], at: Path): Data {
    const single = !Array.isArray(entry.steps);
    // A step's own `within` goes with the step; a fault or procedure without one has none but its trigger's.
    const outer = (key: string): boolean =>
      single
        ? ofTheLoop.includes(key) || (key === 'within' && 'when' in entry && !ownsWithin(entry))
        : !ofTheRounds.includes(key);
    const taken = Object.fromEntries(Object.entries(entry).filter(([key]) => outer(key)));
    const inner = Object.fromEntries(Object.entries(entry).filter(([key]) => !outer(key)));
    if (single && typeof entry.id === 'string') inner.id = entry.id;
    if (single) this.origins.set(inner, at);
    const body = single ? [inner] : (entry.steps as unknown[]);
    if (single) this.origins.set(body, at);
    const loop = { ...taken, steps: rounds.map((round) => this.roundOf(body, entry.on, round, at)) };
    this.origins.set(loop, at);
    this.origins.set(loop.steps, at);
    return loop;
  }

  private roundOf(body: unknown[], on: unknown, round: Round, at: Path): Data {
    const made = { steps: this.filled(body, round), ...(on !== undefined && { on: this.filled(on, round) }) };
    this.origins.set(made, at);
    return made;
  }

  /** A copy in which the round's names have their values, and ids the round's number. */
  private filled(value: unknown, round: Round): unknown {
    if (typeof value === 'string') return fillRound(value, round);
    if (typeof value !== 'object' || value === null) return value;
    const known = this.origins.get(value);
    const copy = Array.isArray(value)
      ? value.map((item) => this.filled(item, round))
      : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.filled(item, round)]));
    if (known) this.origins.set(copy, known);
    if (known && isMap(copy) && typeof copy.id === 'string') copy.id = `${copy.id}-${round.number}`;
    return copy;
  }
}

/** How many rounds an entry asks for; undefined where it is no loop. */
function roundsIn({ repeat, each }: Data): number | undefined {
  if (Array.isArray(each)) return each.length;
  if (repeat === undefined) return each === undefined ? undefined : 0;
  const times = isMap(repeat) ? repeat.times : repeat;
  return typeof times === 'number' && Number.isInteger(times) && times > 0 ? Math.min(times, MOST_ROUNDS + 1) : 0;
}

/** `"${item}"` alone is the item itself, number or text. */
function fillRound(text: string, { number, item }: Round): unknown {
  if (text === '${item}' && item !== undefined) return item;
  if (text === '${round}') return number;
  return replaceNames(text, (name) =>
    name === 'round' ? String(number) : name === 'item' && item !== undefined ? wordOf(item) : undefined,
  );
}

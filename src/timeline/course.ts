/** A value that changes at known times, asked for at any time. */
export interface Turn<T> {
  t: number;
  value: T;
}

/** Index of the last element that is <= t in an ascending list; -1 when there is none. */
export function lastAt(length: number, at: (i: number) => number, t: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (at(mid) <= t) low = mid + 1;
    else high = mid;
  }
  return low - 1;
}

export class Course<T> {
  readonly list: Turn<T>[] = [];

  constructor(private readonly initial: T) {}

  /** Times must not go back; the same value again is no turn. */
  push(t: number, value: T): void {
    const last = this.list.at(-1);
    if ((last ? last.value : this.initial) === value) return;
    if (!last || last.t < t) this.list.push({ t, value });
    else {
      // It was taken back before it could be seen to hold.
      this.list.pop();
      this.push(last.t, value);
    }
  }

  at(t: number): T {
    const i = lastAt(this.list.length, (k) => this.list[k]!.t, t);
    return i < 0 ? this.initial : this.list[i]!.value;
  }

  /** The first turn after t. */
  after(t: number): Turn<T> | undefined {
    return this.list[lastAt(this.list.length, (k) => this.list[k]!.t, t) + 1];
  }
}

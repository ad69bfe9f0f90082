export interface Tracker {
  track<T>(work: Promise<T>): Promise<T>;
  settled(): Promise<void>;
}

/** Remembers what is under way, so that one can wait for it whatever becomes of it. */
export function tracker(): Tracker {
  const busy = new Set<Promise<unknown>>();
  return {
    track(work) {
      const settled: Promise<unknown> = work.catch(() => {}).finally(() => busy.delete(settled));
      busy.add(settled);
      return work;
    },
    async settled() {
      while (busy.size > 0) await Promise.all(busy);
    },
  };
}

import type { Clock } from '../core/clock.js';

/** A moment, ± ms. */
export interface Timed {
  at: number;
  uncertainty: number;
}

/** Carries it out; it happened somewhere between the request and the reply. */
export async function timed(clock: Clock, work: () => Promise<unknown>): Promise<Timed> {
  const from = clock.now();
  await work();
  const to = clock.now();
  return { at: (from + to) / 2, uncertainty: (to - from) / 2 };
}

/** Of several moments the first. */
export const first = <T extends { at: number }>(moments: readonly T[]): T =>
  moments.reduce((a, b) => (b.at < a.at ? b : a));

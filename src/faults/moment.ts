import type { Clock } from '../core/clock.js';

/** Carries it out; it happened somewhere between the request and the reply. */
export async function timed(clock: Clock, work: () => Promise<unknown>): Promise<{ at: number; uncertainty: number }> {
  const from = clock.now();
  await work();
  const to = clock.now();
  return { at: (from + to) / 2, uncertainty: (to - from) / 2 };
}

/** Of several moments the first. */
export const first = <T extends { at: number }>(moments: readonly T[]): T =>
  moments.reduce((a, b) => (b.at < a.at ? b : a));

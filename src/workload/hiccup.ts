/** Longest stretch without an acknowledged probe write that is no outage yet, in ms: one lost answer is none. */
export const hiccup = (probeEvery: number): number => Math.max(60, 5 * probeEvery);

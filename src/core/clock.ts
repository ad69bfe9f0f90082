/** Milliseconds on the run's one monotonic clock, with microsecond resolution. 0 is the moment the clock was made. */
export type Ms = number;

export interface Clock {
  now(): Ms;
  /** Milliseconds since the Unix epoch of a moment on this clock. */
  wall(at: Ms): number;
  /** The moment on this clock of a wall-clock time. */
  fromWall(epochMs: number): Ms;
}

export function startClock(): Clock {
  const origin = performance.now();
  // performance.timeOrigin is fixed at process start: a later step of the wall clock can't move our times.
  const wallOrigin = performance.timeOrigin + origin;
  return {
    now: () => performance.now() - origin,
    wall: (at) => wallOrigin + at,
    fromWall: (epochMs) => epochMs - wallOrigin,
  };
}

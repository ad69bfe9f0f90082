/** The beginning of the timeline, and the end of everything that waits in it. */
import { setMaxListeners } from 'node:events';
import type { ClusterView } from '../deployment/types.js';
import type { Course, Drill, Ground, Run, Traffic, Watch } from './types.js';
import { highestEpoch } from './witnesses.js';

/** From now on times are told from zero. `view`: the steady state, all healthy. */
export function beginTimeline(run: Run, ground: Ground, watch: Watch, traffic: Traffic, view: ClusterView): Drill {
  const { recording, clock } = run;
  const giveUp = new AbortController();
  const signal = AbortSignal.any([run.signal, giveUp.signal]);
  // Every target is waited for, and every entry waits.
  setMaxListeners(0, signal);
  const zero = clock.now();
  recording.clock.zero = zero;
  recording.steps ??= [];
  return {
    ...run,
    ...ground,
    ...watch,
    ...traffic,
    zero,
    ownersBefore: new Map(view.owners),
    epochBefore: highestEpoch(view, { topology: ground.topology }),
    signal,
    giveUp,
    faults: recording.faults,
    procedures: recording.procedures,
    steps: recording.steps,
    values: new Map(),
    live: [],
    warnings: recording.warnings,
    done: new Set(),
    unreached: new Set(),
    open: 0,
    waiting: 0,
  };
}

/** @throws when the run is interrupted; a drill that is merely given up goes on to its verdict. */
export const throwIfInterrupted = ({ signal, giveUp }: Pick<Run & Course, 'signal' | 'giveUp'>): void => {
  if (!giveUp.signal.aborted) signal.throwIfAborted();
};

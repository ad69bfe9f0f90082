/** The engine's cgroup freezer: every process of a container stands still. */
import type Dockerode from 'dockerode';
import type { Act } from './act.js';
import { askIdempotent } from './engine.js';

export interface Freezer {
  /** As far as this run has done it. */
  frozen(): boolean;
  pause(): Promise<void>;
  unpause(): Promise<void>;
}

export function freezerOf(name: string, handle: () => Dockerode.Container, act: Act): Freezer {
  let frozen = false;
  return {
    frozen: () => frozen,
    async pause() {
      await askIdempotent(`pause ${name}`, act(`pause ${name}`, handle().pause()), /already paused/);
      frozen = true;
    },
    async unpause() {
      await askIdempotent(`unpause ${name}`, act(`unpause ${name}`, handle().unpause()), /not paused|not running/);
      frozen = false;
    },
  };
}

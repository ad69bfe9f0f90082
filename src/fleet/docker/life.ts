import type { ContainerState, Line } from '../types.js';

/** The life of the server in a container: how it is begun, ended, and listened to. Held by a process of its own, or as the container's first. */
export interface Life {
  /** @returns whether the container was started for it: then its network namespace is a new one. */
  begin(): Promise<boolean>;
  /** SIGTERM, then SIGKILL after `grace` ms. */
  stop(grace: number): Promise<void>;
  kill(signal: string): Promise<void>;
  /** Ends it before its container is removed, where that is no matter of the engine's. Never throws. */
  quench(): Promise<void>;
  /** Its exit code as soon as it is gone. */
  exited(): Promise<number>;
  state(): Promise<ContainerState>;
  logs(): Promise<Line[]>;
  follow(onLine: (line: Line) => void, signal: AbortSignal): void;
  /** The container was made anew: this is what was printed in the one before. */
  carry(log: readonly Line[]): void;
}

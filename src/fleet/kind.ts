/** What a kind of fleet offers: one folder beside this file, and its line in ./index.ts. */
import type { Check } from './checks.js';
import type { CleanOptions, CleanReport } from './clean.js';
import type { Fleet, FleetOptions, ResolvedImage } from './types.js';

export interface ImageOptions {
  signal?: AbortSignal | undefined;
  /** What takes long is announced here, in one line. */
  note?: (line: string) => void;
}

/** Containers with nothing around them: what a fleet's own are measured by. */
export interface Bare {
  image: string;
  command: readonly string[];
  containers: number;
  /** In a network of their own, made beforehand and not counted, or in the usual one, which gives no addresses that last. */
  network: 'own' | 'default';
}

export interface FleetKind {
  /** @throws RedrillError where nothing answers that could run anything. */
  answers(): Promise<unknown>;
  /** Prepares what the abilities take that it is asked for. What it can't do here is in `lacks`, and no failure. */
  open(options: FleetOptions): Promise<Fleet>;
  /** From the name in a scenario to an image that can be started. */
  resolveImage(name: string, options?: ImageOptions): Promise<ResolvedImage>;
  /** Undoes what dead runs left. */
  clean(options?: CleanOptions): Promise<CleanReport>;
  /** What this machine can do for drills, found out without changing anything. `images`: names that the drills will ask for. */
  diagnose(images?: readonly string[]): Promise<Check[]>;
  /** Installs and fetches what is missing. @returns an exit status. */
  setUp(): Promise<number>;
  /** Where the containers of this process's runs are reached, for a witness of its own: by the way of the harness where there is one. */
  whereabouts(): Promise<{ name: string; host: string }[]>;
  /** ms until all are started, and then until all are removed. */
  startBare(bare: Bare): Promise<{ start: number; remove: number }>;
}

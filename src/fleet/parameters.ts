/** What a fleet is told and tells: specifications, limits, what packets suffer, what is left. Plain values. */
import type { Clock } from '../core/clock.js';
import type { Ability } from './abilities.js';
import type { Changed, Place } from './network.js';

export interface ContainerSpec {
  /** Unique in the run: node-1. The engine sees it with the run's prefix. */
  name: string;
  /** A name that `images.resolve` returned. */
  image: string;
  command: string[];
  workdir?: string;
  /** Absolute path → content, there before the first start. Secrets belong here, never in `command`. */
  files: Record<string, string | Buffer>;
  /** Port the harness wants to reach. */
  ports: number[];
  /** Bytes. */
  memory?: number;
  cpus?: number;
  env?: Record<string, string>;
}

export interface ContainerState {
  status: 'created' | 'running' | 'paused' | 'exited';
  exitCode: number;
  oomKilled: boolean;
}

/** What a container may use. */
export interface Limits {
  /** Bytes. */
  memory?: number | 'as created';
  cpus?: number | 'as created';
}

/** How far a wall clock is off. */
export interface Skew {
  /** ms: ahead, or behind if negative. */
  offset: number;
  /** What it gains from now on, 0.01 for 10 ms in each second. */
  drift?: number;
}

export interface Executed {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Line {
  /** Milliseconds since the Unix epoch, by the engine's clock. */
  wall: number;
  text: string;
}

/** Volumes for containers that are created afterwards: what is in one outlives its container, but not the run. */
export interface DiskSpec {
  containers: readonly string[];
  /** Where each container sees its own. */
  path: string;
  /** Bytes that one can hold. Without it, what the engine has left. */
  size?: number;
  /** The image whose commands `Disk.exec` runs. */
  image: string;
}

/** What packets suffer on their way. Times in ms, shares 0 to 1. */
export interface Impairment {
  delay?: number;
  /** Each packet's delay differs by about so much from `delay`, up or down, so that packets may overtake each other. */
  jitter?: number;
  distribution?: 'uniform' | 'normal' | 'pareto';
  loss?: number;
  duplicate?: number;
  /** This share of the packets is held back by `gap` ms, so that later ones overtake them. */
  reorder?: number;
  gap?: number;
  /** Bytes per second. */
  rate?: number;
}

/** Where packets go: to a container of this run, or to clients, which came in by `Container.endpoint`. */
export type Destination = Place | 'clients';

/** What the packets suffer that a container sends to some destinations. */
export interface Way {
  from: Place;
  to: readonly Destination[];
  suffers: Impairment;
}

/** Ways that were shaped. */
export interface Shaped extends Changed {
  /** What the kernel does it with: "sch_netem". */
  how: string;
}

/** Datagrams that are sent to see how they fare. */
export interface Journey {
  from: Place;
  to: Destination;
}

export interface Datagrams {
  count: number;
  /** ms between two of them. */
  gap: number;
  /** Bytes of each. */
  size: number;
  /** How long to wait for the last of them, in ms. */
  patience: number;
}

/** How they fared. Times in ms, one way. */
export interface Travelled {
  sent: number;
  received: number;
  /** Received once more. */
  doubled: number;
  /** Arrived after one that was sent later. */
  overtaken: number;
  /** A tenth of them took less, half of them, nine tenths. */
  delay: { p10: number; p50: number; p90: number };
  /** Bytes per second between the first and the last arrival. */
  rate: number;
}

export interface Residue {
  containers: string[];
  networks: string[];
  volumes: string[];
  journal: string[];
}

export interface FleetOptions {
  runId: string;
  /** What it is to be able to do: some things must be prepared before the first container. */
  needs: readonly Ability[];
  /** How many containers will be fully meshed: the kernel's neighbour table must hold them. */
  containers: number;
  clock: Clock;
  /** It may be kept in the end (`Fleet.keep`). */
  keep?: boolean;
  signal?: AbortSignal;
  /** `auto`: direct where container addresses are routable from here, else published ports. REDRILL_CONNECT overrides. */
  connect?: 'auto' | 'direct' | 'published';
}

/** An image ready to start, and where it came from: "local", "pulled", "built from Debian bookworm redis-server 5:7.0.15-1". */
export interface ResolvedImage {
  name: string;
  /** What to give to `ContainerSpec.image`. */
  ref: string;
  id: string;
  origin: string;
  labels?: Record<string, string>;
}

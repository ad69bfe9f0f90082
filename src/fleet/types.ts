/**
 * The container boundary. Nothing here knows what runs in the containers. Docker is one implementation (./docker); a
 * second one has to offer the same Fleet.
 */
import type { Clock } from '../core/clock.js';

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

export interface Disk {
  /** Where its container sees it. */
  readonly path: string;
  readonly size: number | undefined;
  /** Runs a command in its top directory, from beside the container, which may be down. */
  exec(argv: string[], options?: { timeout?: number }): Promise<Executed>;
}

/** A container of this run. Every method that changes something is in the journal before it is done. */
export interface Container {
  readonly name: string;
  /** Its fixed address on the run's data network; the same after every restart and reconnect, until `Fleet.readdress`. */
  readonly ip: string;
  /** Its volume, where `Fleet.disks` gave it one. */
  readonly disk: Disk | undefined;
  /** Where clients reach this port, also while the container is detached. */
  endpoint(port: number): { host: string; port: number };
  /**
   * Where those who watch and operate reach it: a way of their own in a fleet that was opened with `watchApart`, else that of
   * clients. In the container's namespace their connections are the only ones that conntrack calls DNAT.
   */
  door(port: number): { host: string; port: number };
  start(): Promise<void>;
  /** How often it was started. */
  readonly lives: number;
  /** SIGTERM, then SIGKILL after `grace` ms. */
  stop(grace: number): Promise<void>;
  /** A signal to the main process, from outside (KILL, TERM, …). */
  kill(signal: string): Promise<void>;
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** Resolves with the exit code as soon as the main process is gone. */
  exited(): Promise<number>;
  /** Changes what it may use from now on, running or not; what is not named stays. */
  limit(limits: Limits): Promise<void>;
  /**
   * Makes it anew from another image, with another program in front of the same arguments, while it is down. Name, address,
   * volume and log stay, and so do its working directory and the files it was created with.
   */
  reimage(image: string, program: string): Promise<void>;
  /** Moves its wall clock, for every process in it and over restarts. Monotonic clocks stay. Needs `clocks`. */
  setClock(skew: Skew): Promise<void>;
  /** When its wall clock was first moved, by the machine's: from then on its own time stamps can't be trusted. */
  readonly clockMoved: number | undefined;
  /** How often the kernel held it back because its share of CPU was used up, in this life, and for how many ms in all. */
  throttled(): Promise<{ times: number; time: number }>;
  /** Unplugs it from / plugs it back into the data network. */
  detach(): Promise<void>;
  attach(): Promise<void>;
  exec(argv: string[], options?: { timeout?: number }): Promise<Executed>;
  read(path: string): Promise<Buffer>;
  write(path: string, content: string | Buffer): Promise<void>;
  /** Everything the main process printed so far, over all its lives. */
  logs(): Promise<Line[]>;
  /** Lines as they come, from now on, until the signal aborts. Survives restarts of the container. */
  follow(onLine: (line: Line) => void, signal: AbortSignal): void;
  state(): Promise<ContainerState>;
}

/**
 * A change inside containers' network namespaces that lasts until it is undone. `on` and `off` are fixed sh scripts (run
 * with -eu; ip, tc, ss and iptables are there), what varies comes as arguments: $1 is a name that only this change has
 * ("redrill-3", short enough for an iptables chain), then the container's own. Both must be idempotent: `on` runs again after each start
 * and each attach of the container, a moment after its process began to run; `off` may come after half an `on`.
 */
export interface NetworkChange {
  /** For the journal: "drop what comes from node-1". */
  what: string;
  on: string;
  /** Without it the change is a single act: nothing is to be undone, and nothing is done again. */
  off?: string;
  at: readonly { container: Container; args: readonly string[] }[];
}

/** A change that was made, at some moment between `from` and `to` on the run's clock. */
export interface Changed {
  from: number;
  to: number;
  /** Safe to call twice. */
  undo(): Promise<void>;
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
export type Destination = Container | 'clients';

/** What the packets suffer that a container sends to some destinations. */
export interface Way {
  from: Container;
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
  from: Container;
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

/** What the run needs from the kernel and the engine, found out before anything is started. */
export interface FleetNeeds {
  /** The harness must see containers that are detached from the data network. */
  observeDetached: boolean;
  /** Faults that work on the containers' network plugs or processes from outside (the privileged tools container). */
  tools: boolean;
  /** Faults at the clients' way into a container, which the harness must go on seeing by another. Needs `tools`. */
  watchApart?: boolean;
  /** The containers' wall clocks can be moved. Brings the tools with it. */
  clocks?: boolean;
  /** How many containers will be fully meshed: the kernel's neighbour table must hold them. */
  containers: number;
}

export interface Residue {
  containers: string[];
  networks: string[];
  volumes: string[];
  journal: string[];
}

/** Where every container of a run sees what `Fleet.share` was given. */
export const SHARED = '/redrill';

export interface Fleet extends AsyncDisposable {
  readonly runId: string;
  readonly connect: 'direct' | 'published';
  readonly engine: { engine: string; kernel: string; cpus: number; memory: number };
  /** Aborts when the engine is gone: nothing more can be done to the containers. */
  readonly lost: AbortSignal;
  /** The n-th free address of the data network, n from 0: known before any container exists. */
  address(n: number): string;
  /** The n-th address, n from 0, that no container begins with. */
  spare(n: number): string;
  /**
   * Gives containers other addresses, all at once, so that two can change places. They must be down. Barriers that were
   * raised against an address stay where they are, as a firewall's do; what is shaped follows the container.
   */
  readdress(moves: ReadonlyMap<Container, string>): Promise<void>;
  /** Files (relative path → content) that every container created afterwards sees under SHARED. Once a run. Secrets may be among them. */
  share(files: Record<string, string>): Promise<void>;
  /** Gives each of these containers a volume of its own. Once a run. */
  disks(spec: DiskSpec): Promise<void>;
  /** Creates (does not start) a container with a fixed address. */
  create(spec: ContainerSpec, ip: string): Promise<Container>;
  /**
   * Moves the containers' network plugs into separate switches, one for each group: links inside a group stay up, links
   * between groups are gone. The returned function plugs all of them back. Needs `tools`.
   */
  split(groups: Container[][]): Promise<() => Promise<void>>;
  /**
   * Runs a fixed sh script with arguments in the container's network namespace, to look at it, or in several at once;
   * @returns what it printed, lines of several in any order, nothing of a container that does not run. Needs `tools`.
   */
  inside(where: Container | readonly Container[], script: string, args: readonly string[]): Promise<string>;
  /** Makes a change in all its containers at once. Needs `tools`. */
  change(change: NetworkChange): Promise<Changed>;
  /**
   * Delays, loses, doubles, reorders or throttles packets on these ways from now on, also after a restart. What is shaped
   * several times suffers everything. Needs `tools`.
   */
  shape(ways: readonly Way[]): Promise<Shaped>;
  /** Sends datagrams on these ways, all at once. Needs `tools`. */
  travel(journeys: readonly Journey[], datagrams: Datagrams): Promise<Travelled[]>;
  /** Leaves everything up when the process ends: only `clean` with `all` removes it then. */
  keep(): Promise<void>;
  /** Removes everything of this run. Safe to call twice. */
  teardown(): Promise<void>;
  /** What of this run is still there. */
  audit(): Promise<Residue>;
}

export interface FleetOptions {
  runId: string;
  needs: FleetNeeds;
  clock: Clock;
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

/**
 * The boundary to what runs servers. Nothing here knows what runs in the containers, and nobody above it what they are run by: a
 * container is whatever keeps one server apart from the others. One folder beside this file is one kind of fleet.
 */
import type { Abilities } from './abilities.js';
import type { Barrier, Changed, Connections, Done, Manner, NetworkState, Place } from './network.js';
import type {
  ContainerSpec,
  ContainerState,
  Datagrams,
  DiskSpec,
  Executed,
  Journey,
  Limits,
  Line,
  Residue,
  Shaped,
  Skew,
  Travelled,
  Way,
} from './parameters.js';

export type * from './abilities.js';
export type * from './network.js';
export type * from './parameters.js';

/** A container of this run. Every method that changes something is in the journal before it is done. In brackets: the ability it takes. */
export interface Container extends Place {
  /** Where the others reach it: the same after every restart [lasting-addresses] and reconnect, until `Fleet.readdress`. */
  readonly ip: string;
  /** Its volume, where `Fleet.disks` gave it one. */
  readonly disk: Disk | undefined;
  /** Where clients reach this port, also while the container is detached [watch-detached]. */
  endpoint(port: number): { host: string; port: number };
  /** Where those who watch and operate reach it: a way of their own, which no barrier closes [watch-apart], else that of clients. */
  door(port: number): { host: string; port: number };
  /** Its server's first start, or another one [restart]. */
  start(): Promise<void>;
  /** How often it was started. */
  readonly lives: number;
  /** SIGTERM, then SIGKILL after `grace` ms [stop]. */
  stop(grace: number): Promise<void>;
  /** A signal to the main process, from outside: KILL, TERM, … [signal] */
  kill(signal: string): Promise<void>;
  /** Both [freeze]. */
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** Resolves with the exit code as soon as the main process is gone. */
  exited(): Promise<number>;
  /** Changes what it may use from now on, running or not; what is not named stays [limit-cpu, limit-memory]. */
  limit(limits: Limits): Promise<void>;
  /** How often it was held back because its share of CPU was used up, in this life, and for how many ms in all [limit-cpu]. */
  throttled(): Promise<{ times: number; time: number }>;
  /**
   * Makes it anew from another image, with another program in front of the same arguments, while it is down. Name, address,
   * volume and log stay, and so do its working directory and the files it was created with [reimage].
   */
  reimage(image: string, program: string): Promise<void>;
  /** Moves its wall clock, for every process in it and over restarts. Monotonic clocks stay [skew-clock]. */
  setClock(skew: Skew): Promise<void>;
  /** When its wall clock was first moved, by the machine's: from then on its own time stamps can't be trusted. */
  readonly clockMoved: number | undefined;
  /** Takes it off the data network, and puts it back: both [detach]. */
  detach(): Promise<void>;
  attach(): Promise<void>;
  /** Runs a command in it, while its server runs [commands]. */
  exec(argv: string[], options?: { timeout?: number }): Promise<Executed>;
  /** Both [files], or [files-while-down]. */
  read(path: string): Promise<Buffer>;
  write(path: string, content: string | Buffer): Promise<void>;
  /** Removes a file, which may be gone already, while its server runs [files]. */
  remove(path: string): Promise<void>;
  /** Everything the main process printed so far, over all its lives [logs-of-all-lives]. */
  logs(): Promise<Line[]>;
  /** Lines as they come, from now on, until the signal aborts. Survives restarts [logs-of-all-lives]. */
  follow(onLine: (line: Line) => void, signal: AbortSignal): void;
  state(): Promise<ContainerState>;
}

export interface Disk {
  /** Where its container sees it. */
  readonly path: string;
  /** Bytes. */
  readonly size: number | undefined;
  /** What follows is done in its top directory, from beside the container, which may be down. `yes`: the answer to all that a command asks. */
  exec(argv: string[], options?: { timeout?: number; yes?: boolean }): Promise<Executed>;
  /** Files and folders; one that is gone already is none to mind. */
  remove(...paths: string[]): Promise<void>;
  /** Writes to a file until nothing more fits, and gives `leave` bytes of it back. @returns why it did not get so far. */
  fill(file: string, leave: number): Promise<string | undefined>;
}

/** Where every container of a run sees what `Fleet.share` was given. */
export const SHARED = '/redrill';

/** Containers of one run, and what can be done to them: as far as it was opened for it, and where it runs. */
export interface Fleet extends Abilities, AsyncDisposable {
  readonly runId: string;
  /** How servers are reached from here: under their own addresses, or by ports published for it. */
  readonly connect: 'direct' | 'published';
  /** `software`: what runs the containers, and its version. Memory in bytes. */
  readonly machine: { software: string; kernel: string; cpus: number; memory: number };
  /** Aborts when nothing more can be done to the containers. */
  readonly lost: AbortSignal;
  /** The n-th free address of the data network, n from 0 [addresses-ahead]; the n-th, n from 0, that no container begins with. */
  address(n: number): string;
  spare(n: number): string;
  /**
   * Gives containers other addresses, all at once, so that two can change places. They must be down. Barriers that were
   * raised against an address stay where they are, as a firewall's do; what is shaped follows the container [readdress].
   */
  readdress(moves: ReadonlyMap<Container, string>): Promise<void>;
  /** Files (relative path → content) that every container created afterwards sees under SHARED. Once a run. Secrets may be among them. */
  share(files: Record<string, string>): Promise<void>;
  /** Gives each of these containers a volume of its own. Once a run [disks]. */
  disks(spec: DiskSpec): Promise<void>;
  /** Creates (does not start) a container, at an address of its own. */
  create(spec: ContainerSpec, ip: string): Promise<Container>;
  /** Nothing passes between groups any more, and inside a group everything as before, until it is undone [split]. */
  split(groups: Container[][]): Promise<() => Promise<void>>;
  /** Turns packets away from now on, also after a restart [cut]. `what`: in words, for the journal. */
  cut(barriers: readonly Barrier[], how: Manner, what: string): Promise<Changed>;
  /** Ends open connections with a reset, which both ends get; new ones are let in [reset]. */
  reset(connections: readonly Connections[]): Promise<Done>;
  /** Nothing more is heard of them, no end, no reset, no answer to who has their address, as if their hosts were gone [vanish]. */
  vanish(containers: readonly Container[]): Promise<Changed>;
  /** Names are no longer resolved for them [names]. */
  breakNames(containers: readonly Container[], how: Manner): Promise<Changed>;
  /** Looks up a name from within, as its server would. @returns why there was no answer; nothing where there was one [names]. */
  lookUp(container: Container): Promise<string | undefined>;
  /** What the kernels of those that run say of their networks, by name [see-network]. */
  network(containers: readonly Container[]): Promise<ReadonlyMap<string, NetworkState>>;
  /**
   * Delays, loses, doubles, reorders [shape] or throttles [throttle] packets on these ways from now on, also after a restart.
   * What is shaped several times suffers everything.
   */
  shape(ways: readonly Way[]): Promise<Shaped>;
  /** Sends datagrams on these ways, all at once, to see how they fare [shape]. */
  travel(journeys: readonly Journey[], datagrams: Datagrams): Promise<Travelled[]>;
  /** Leaves everything up when the process ends: only `clean` with `all` removes it then. */
  keep(): Promise<void>;
  /** Removes everything of this run. Safe to call twice. */
  teardown(): Promise<void>;
  /** What of this run is still there. */
  audit(): Promise<Residue>;
}

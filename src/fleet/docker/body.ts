/** What a container of a run is made of, for those who each do a part of what can be done to it. */
import type Dockerode from 'dockerode';
import type { Journal } from '../journal.js';
import type { Container, ContainerSpec } from '../types.js';
import type { Act } from './act.js';
import type { Disks } from './disks.js';
import type { Engine } from './engine.js';
import type { Freezer } from './freezer.js';
import type { Labels } from './labels.js';
import type { Life } from './life.js';
import type { Network } from './networks.js';
import type { Share } from './share.js';

/** What every container of a run shares. */
export interface Room {
  engine: Engine;
  runId: string;
  journal: Journal;
  labels: Labels;
  connect: 'direct' | 'published';
  data: Network;
  /** A second way in, for containers that are detached from the first. */
  control: Network | undefined;
  share: Share | undefined;
  disks: Disks | undefined;
  /** Each port has a second one for those who watch. */
  doors: boolean;
  /** The library that moves wall clocks. */
  clock: Buffer | undefined;
  /** For what is done to a container. */
  act: Act;
  /** Aborts when the run is torn down. */
  closing: AbortSignal;
  /** Called when a container has got a new plug in the data network. */
  plugged(container: DockerContainer): Promise<void>;
}

export interface DockerContainer extends Container {
  readonly handle: Dockerode.Container;
  readonly ports: readonly number[];
  quench(): Promise<void>;
  /** Takes it off every network it is on. */
  unplug(): Promise<void>;
  /** Puts it back on them, under an address that from now on is its own. */
  plug(ip: string): Promise<void>;
}

/** The container that the engine made, which may be another one later on. */
export interface Made {
  handle: Dockerode.Container;
  /** Port → the one of this machine that leads to it. */
  published: Map<number, number>;
}

/** One container, and what becomes of it. */
export interface Body {
  readonly room: Room;
  readonly name: string;
  readonly life: Life;
  readonly freezer: Freezer;
  /** What it is made from, the next time too. */
  spec: ContainerSpec;
  made: Made;
  ip: string;
  lives: number;
  clockMoved: number | undefined;
  /** It has got a new plug in the data network. */
  plugged(): Promise<void>;
}

/** What is asked of a fleet for the network of its containers, and what it tells of it. Plain values. */

/** A container, as far as others on the network know it. */
export interface Place {
  readonly name: string;
  readonly ip: string;
}

/** Packets that are turned away where they arrive. Those of who watches (`Container.door`) come through. */
export type Barrier = FromSome | ToPort;

/** What some containers send: all of it, or what has this port of TCP at either end. */
export interface FromSome {
  at: Place;
  from: readonly Place[];
  port?: number;
}

/** What comes to a port of TCP, whoever sends it, but for some. */
export interface ToPort {
  at: Place;
  to: number;
  but: readonly Place[];
}

/** drop: packets vanish; reject: their senders are told. */
export type Manner = 'drop' | 'reject';

/** Open connections of a container that have a port of TCP. */
export interface Connections {
  of: Place;
  port: number;
  /** in: those that others have made to this port of it; both: also those that it has made to this port of others. */
  made: 'in' | 'both';
  /** Theirs are left alone. */
  but: readonly Place[];
}

/** Done at some moment between `from` and `to` on the run's clock. */
export interface Done {
  from: number;
  to: number;
}

/** A change that was made then, and stays until it is undone, over restarts too. */
export interface Changed extends Done {
  /** Safe to call twice. */
  undo(): Promise<void>;
}

/** What the kernel of a running container says of its network. */
export interface NetworkState {
  addresses: string[];
  /** How packets fare there, in the kernel's own words, line by line: the same before a change and after its undoing. */
  rules: string[];
}

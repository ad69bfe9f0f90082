import type { z } from 'zod';
import type { Clock } from '../core/clock.js';
import type { Rng } from '../core/rng.js';
import type { ClusterView, DeploymentKind } from '../deployment/types.js';
import type { Ability, Fleet } from '../fleet/types.js';
import type { Evidence, LossCause } from '../recording/deeds.js';
import type { ManagedNode, Topology, TopologySpec } from '../topology/types.js';

/** Undoes a fault. Idempotent; safe after a half-finished inject. */
export type Heal = () => Promise<void>;

/** How a fault is undone. */
export interface Undoing {
  heal: Heal;
  /**
   * How to undo it on one of its nodes, by name, and leave the others as they are; each is called once, and `heal` no more after
   * one of them. Without it a fault on several nodes is undone when all of them are asked for.
   */
  apart?: ReadonlyMap<string, Heal>;
}

/** What inject of every fault hands on: how to undo it, and whom it concerns. What a fault adds to it is for its own effect alone. */
export interface Injected extends Undoing {
  /** Nodes that it hits beside its targets; all that it hits, where it names its own. */
  hits?: readonly ManagedNode[];
  /** Nodes that can't reach a majority of primaries while it lasts. */
  cutOff?: readonly string[];
  /** Replicas that get nothing from their primary while it lasts, whatever their link status says. */
  starved?: readonly string[];
}

export interface Silence {
  lastAnswer: number;
  firstSilence: number;
  how: string;
  /** It was silent before `since` already, and has not answered in between: whatever was done to it then can't show here. */
  already?: true;
}

/** What a fault may look at when it says whether it can work here. */
export interface Environment {
  topology: Pick<
    TopologySpec,
    'kind' | 'shards' | 'replicas' | 'config' | 'configs' | 'persistence' | 'disk' | 'strangers'
  >;
  server?: { product: 'redis' | 'valkey'; version: string };
}

export interface FaultContext {
  topology: Topology;
  fleet: Fleet;
  clock: Clock;
  rng: Rng;
  signal: AbortSignal;
  /** The observer's latest view of every node and what the majority makes of it. */
  view(): ClusterView;
  /** Targets by words, resolved now: "primary of shard 1". */
  resolve(words: string | string[]): Promise<ManagedNode[]>;
  /**
   * The last moment a node answered any harness connection, and the first moment one went unanswered or broke after it.
   * The bite of a process fault lies between the two.
   */
  silence(node: string, since: number): Promise<Silence | undefined>;
  /** It has ended by itself, since what it was for is no more: a replica that is held up leads now. Told once, in words. */
  over(why: string): void;
}

/** Thrown by inject or effect when the fault was carried out but had no effect: the verdict is then inconclusive. */
export class DidNotBite extends Error {
  override readonly name = 'DidNotBite';
}

/** As in a scenario file. `target` defaults to "primary of shard 2", `topology` to what a scenario file defaults to. */
export interface Example {
  target?: string | string[];
  params?: Record<string, unknown>;
  topology?: Record<string, unknown>;
}

/** `P`: its parameters. `I`: what its inject hands to its effect. */
export interface Fault<P = Record<string, never>, I extends Injected = Injected> {
  summary: string;
  /** Handbook sections it rehearses. */
  handbook?: string[];
  params: z.ZodType<P>;
  /** How it takes nodes away, for predictions and for what an OK means: `stops` ends serving, `cuts` separates from peers, `none`. */
  impact: 'stops' | 'cuts' | 'none';
  /** The node is back by itself: no election is needed for service to return. */
  comesBack?: boolean;
  /** It asks the server to go (SIGTERM), which may hand over before it does (Valkey: shutdown-on-sigterm failover). */
  asks?: true;
  /** Why acknowledged writes are gone that it destroyed: at once, or, where it stops nodes, when they come back and lead. */
  loses?: LossCause;
  /** A deed: it is over when it is done, and nothing undoes it. Its heal has nothing to do. */
  lasting?: true;
  /** It leaves the cluster in a state and does nothing more: starting or mending one of the nodes does not undo it. */
  leavesState?: true;
  /** What it takes of the fleet beside commands to the servers. A plan says it, and a run that can't have it is refused. */
  needs?: readonly Ability[];
  /** false: it names its own targets in its parameters. Default true. */
  targeted?: boolean;
  /** Parameters that hold target words, at any depth. Default: none, or all of those of a fault that is not `targeted`. */
  targetParams?: readonly string[];
  /** Kinds of topology it works on; default: all of them. */
  kinds?: readonly DeploymentKind[];
  /** true, or the reason why this image, kernel or topology can't. */
  supports?(env: Environment): true | string;
  /** How it is written, and on which topology: shown by the docs, loaded by a test, carried out by the contract test. */
  example: Example;
  /** Other ways to write it that take another way through it: the contract test carries these out as well. */
  variants?: readonly Example[];
  /** Starts the fault; the journal entry is written by what it calls in the fleet. */
  inject(targets: ManagedNode[], params: P, ctx: FaultContext): Promise<I>;
  /** Proof that it bit, or DidNotBite. `requestedAt` is when inject was called. */
  effect(
    targets: ManagedNode[],
    params: P,
    ctx: FaultContext,
    injected: I & { requestedAt: number },
  ): Promise<Evidence>;
}

/** Keeps the types while the registry stays one object. */
export const defineFault = <P, I extends Injected>(
  fault: Omit<Fault<P, I>, 'example'> & { example?: Example },
): Fault<P, I> => ({
  example: {},
  ...fault,
});

/** A registry holds faults of every parameter type. */
// biome-ignore lint/suspicious/noExplicitAny: no narrower type fits all of them
export type AnyFault = Fault<any>;

import type { z } from 'zod';
import type { Clock } from '../core/clock.js';
import type { ClusterView } from '../deployment/types.js';
import type { Ability } from '../fleet/types.js';
import type { ProcedureStep } from '../recording/deeds.js';
import type { Layout } from '../topology/layout.js';
import type { ManagedNode, PreparedImage, Topology, TopologySpec } from '../topology/types.js';

export interface ProcedureContext {
  topology: Topology;
  clock: Clock;
  signal: AbortSignal;
  /** Nodes that faults of this drill hit, in the order they were hit. */
  faulted: string[];
  /** The observer's latest view of every node and what the majority makes of it. */
  view(): ClusterView;
  resolve(words: string | string[]): Promise<ManagedNode[]>;
  /**
   * Heals what is still injected on these nodes and leaves it on others (or heals everything): an operator who replaces the cable.
   * @returns what was undone, in words.
   */
  heal(nodes?: readonly string[]): Promise<string[]>;
  /** An image that `images` named, ready to be started. */
  image(name: string): Promise<PreparedImage>;
  /** One logged step. What it returns is the step's output; what it throws fails the procedure. */
  step<T>(title: string, detail: { command?: string; node?: string }, work: () => Promise<T>): Promise<T>;
  note(step: Omit<ProcedureStep, 'at' | 'took' | 'ok'>): void;
}

/** What an operator would do. */
export interface Procedure<P = Record<string, never>> {
  summary: string;
  handbook?: string[];
  /** What it takes of the fleet beside commands to the servers. A plan says it, and a run that can't have it is refused. */
  needs?: readonly Ability[];
  params: z.ZodType<P>;
  /** Parameters whose texts are names of something else, though they may read like a target. */
  notTargets?: readonly (keyof P & string)[];
  /** Does it make a replica take over without waiting for the server's own election? Decides which recovery times are possible. */
  forcesFailover?: boolean;
  /** Does it bring a shard back by itself (start its primary, promote a replica)? Service may then return before the server's own failover would. */
  restoresService?: boolean;
  /** Images that it will start nodes on: they are prepared before the drill begins. */
  images?(params: P): string[];
  /** Which parameter this topology can't satisfy, and why: asked when the file is loaded. */
  refuses?(
    params: P,
    topology: Layout & Pick<TopologySpec, 'kind' | 'password' | 'users' | 'spares'>,
  ): { param: string; why: string } | undefined;
  steps(ctx: ProcedureContext, params: P): Promise<void>;
  /** Throws when the procedure did not reach its aim. */
  verify(ctx: ProcedureContext, params: P): Promise<void>;
}

export const defineProcedure = <P>(procedure: Procedure<P>): Procedure<P> => procedure;

/** A registry holds procedures of every parameter type. */
// biome-ignore lint/suspicious/noExplicitAny: no narrower type fits all of them
export type AnyProcedure = Procedure<any>;

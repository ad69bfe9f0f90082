import type { z } from 'zod';
import type { Clock } from '../core/clock.js';
import type { ClusterView } from '../deployment/types.js';
import type { Ability } from '../fleet/types.js';
import type { ProcedureStep } from '../recording/deeds.js';
import type { Deployment, Endpoint } from '../server/types.js';
import type { Layout } from '../topology/layout.js';
import type { ManagedNode, PreparedImage, Topology, TopologySpec } from '../topology/types.js';
import type { Variants } from './variants.js';

/** What a procedure gets that needs only commands: servers that answer, whoever runs them. */
export interface ProcedureContext<Node extends Endpoint = Endpoint> {
  deployment: Deployment<Node>;
  clock: Clock;
  signal: AbortSignal;
  /** Nodes that are in trouble, in the order in which that came about: those that faults of this drill hit. */
  faulted: string[];
  /** The observer's latest view of every node and what the majority makes of it. */
  view(): ClusterView;
  resolve(words: string | string[]): Promise<Node[]>;
  /**
   * In a drill: heals what is still injected on these nodes and leaves it on others (or heals everything): an operator who replaces the cable.
   * @returns what was undone, in words.
   */
  heal?(nodes?: readonly string[]): Promise<string[]>;
  /** One logged step. What it returns is the step's output; what it throws fails the procedure. */
  step<T>(title: string, detail: { command?: string; node?: string }, work: () => Promise<T>): Promise<T>;
  note(step: Omit<ProcedureStep, 'at' | 'took' | 'ok'>): void;
}

/** What a procedure gets that works on processes and files, too: nodes in containers of ours. */
export interface ManagedContext extends ProcedureContext<ManagedNode> {
  /** The deployment, and what it was started from. */
  topology: Topology;
  heal(nodes?: readonly string[]): Promise<string[]>;
  /** An image that `images` named, ready to be started. */
  image(name: string): Promise<PreparedImage>;
}

/** For a procedure that does it by commands where it has no more than that. */
export const isManaged = (ctx: ProcedureContext): ctx is ManagedContext => 'topology' in ctx;

interface Operation<P, Context> {
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
  /** It does nothing to the deployment but wait and look: where nothing was broken there is nothing that it could recover from. */
  idle?: true;
  /** Where it is done in another way on each kind: those ways. A kind without one is refused when the file is loaded. */
  variants?: Variants<unknown>;
  /** Images that it will start nodes on: they are prepared before the drill begins. */
  images?(params: P): string[];
  /** Which parameter this topology can't satisfy, and why: asked when the file is loaded. */
  refuses?(
    params: P,
    topology: Layout & Pick<TopologySpec, 'kind' | 'password' | 'users' | 'spares'>,
  ): { param: string; why: string } | undefined;
  // Properties, not methods: so that one that takes managed nodes is not taken for one that does without.
  steps: (ctx: Context, params: P) => Promise<void>;
  /** Throws when the procedure did not reach its aim. */
  verify: (ctx: Context, params: P) => Promise<void>;
}

/** What an operator would do by commands, on any deployment. */
export interface Procedure<P = Record<string, never>> extends Operation<P, ProcedureContext> {
  managed?: false;
}

/** What an operator would do who holds the nodes in hand. */
export interface ManagedProcedure<P = Record<string, never>> extends Operation<P, ManagedContext> {
  managed: true;
}

export const defineProcedure = <P>(procedure: Procedure<P>): Procedure<P> => procedure;

export const defineManagedProcedure = <P>(procedure: Omit<ManagedProcedure<P>, 'managed'>): ManagedProcedure<P> => ({
  ...procedure,
  managed: true,
});

/** A registry holds procedures of every parameter type. */
// biome-ignore lint/suspicious/noExplicitAny: no narrower type fits all of them
export type AnyProcedure = Procedure<any> | ManagedProcedure<any>;

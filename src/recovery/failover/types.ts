import type { Endpoint } from '../../server/types.js';
import type { ProcedureContext } from '../types.js';

export const modes = ['auto', 'graceful', 'force', 'takeover'] as const;
export type Wish = (typeof modes)[number];
export type Mode = Exclude<Wish, 'auto'>;

export interface Order {
  replica: Endpoint;
  /** Name of the node that leads, or led. */
  primary: string;
  shard: number;
  how: Mode;
  /** ms. */
  timeout: number;
}

export interface Promotion {
  /** @throws Error when the mode asked for can't work: better than an OK that leads nowhere. */
  decide(ctx: ProcedureContext, wish: Wish, primary: string): Promise<Mode>;
  /** Resolves when the replica leads. */
  promote(ctx: ProcedureContext, order: Order): Promise<void>;
}

const PATIENCE = 500;

/** Does the node still lead, as far as it and those who decide say? It is asked now: the last look may be from before it died. */
export async function isAlive(ctx: ProcedureContext, primary: string): Promise<boolean> {
  const view = ctx.view();
  if (view.nodes.get(primary)?.role !== 'primary' || view.failed.has(primary)) return false;
  const connection = ctx.deployment.node(primary).open({ timeout: PATIENCE, connectTimeout: PATIENCE });
  try {
    return (await connection.call(['PING'])) === 'PONG';
  } catch {
    return false;
  } finally {
    connection.close();
  }
}

import { z } from 'zod';
import type { Connection } from '../../server/connection.js';
import { infoOf } from '../../server/info.js';
import { ReplyError } from '../../server/resp.js';
import type { ManagedNode } from '../../topology/types.js';
import { keepDoing, OVER } from '../background.js';
import { type Sight, shown } from '../noticed.js';
import { changeSettings, stillHas } from '../settings.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { reversible, type Undo } from '../undo.js';

/** ms between two attempts: who closes a connection must not find the place still free. */
const EVERY = 20;
const BUDGET = 10_000;

const refusal = (error: unknown): string | undefined =>
  error instanceof ReplyError && /max(imum)? number of clients/i.test(error.message) ? error.message : undefined;

export const exhaustConnections = defineFault({
  summary: 'take every connection the server allows: who is connected goes on, who comes new is refused',
  handbook: ['2.1.4'],
  params: z.strictObject({
    spare: z
      .int()
      .min(1)
      .max(5000)
      .default(20)
      .describe('maxclients is set to what is connected now and this many more, which are then taken'),
  }),
  impact: 'none',
  inject: (targets, { spare }, ctx) =>
    reversible(async (_undo, on) => {
      for (const node of targets) await take(node, spare, ctx, on(node));
      return {};
    }),
  effect: (targets, _params, ctx, { requestedAt }) => shown(targets, ctx, requestedAt, BUDGET, knock),
});

async function take(node: ManagedNode, spare: number, ctx: FaultContext, undo: Undo): Promise<void> {
  // Links of the bus and of replicas share the budget. This also opens the admin connection through which it is healed.
  const clients = await infoOf(node, 'clients');
  const { number } = await infoOf(node, 'replication');
  const taken =
    clients.number('connected_clients') + clients.number('cluster_connections') + number('connected_slaves');
  const held: Connection[] = [];
  const settings = { maxclients: taken + spare };
  undo(await changeSettings(node, settings));
  undo(async () => {
    for (const connection of held) connection.close();
  });
  const another = async (): Promise<boolean> => {
    const connection = node.open({ timeout: BUDGET });
    try {
      await connection.call(['PING']);
      held.push(connection);
      return true;
    } catch (error) {
      connection.close();
      if (refusal(error) === undefined) throw error;
      return false;
    }
  };
  for (let n = 0; await another(); n++)
    if (n > 2 * spare + 100) throw new DidNotBite(`${node.name} took ${n} clients more than maxclients allows`);
  // A server that was started anew, or that an operator gave more, would let in thousands.
  undo(keepDoing(EVERY, async () => ((await another()) && !(await stillHas(node, settings)) ? OVER : undefined)).stop);
  ctx.signal.throwIfAborted();
}

async function knock(node: ManagedNode): Sight {
  const connection = node.open({ timeout: BUDGET });
  try {
    await connection.call(['PING']);
    return { seen: 'a new client was let in' };
  } catch (error) {
    const text = refusal(error);
    return { found: text && `refuses a new client: ${text}`, seen: (error as Error).message };
  } finally {
    connection.close();
  }
}
